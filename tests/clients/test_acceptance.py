"""The numbered acceptance calls that have no place in a file of their own subject, and the check that none of the
forty is missing."""

import json
import os
import pathlib
import re
import subprocess

import boto3
import pytest

from conftest import (ACCOUNT, PATIENCE, ROLE, Emulator, create_function, create_provider, package, publish,
                      publish_latest, refusal)
from test_capacity_providers import raw

HERE = pathlib.Path(__file__).parent
PROVIDER = ACCOUNT + "capacity-provider:cp1"
TAG_PATTERN = (
    r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+"
    r"(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:"
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)")


@pytest.fixture(scope="module", autouse=True)
def function(client):
    create_provider(client)
    create_function(client)
    publish_latest(client)
    publish(client)


def test_each_of_the_forty_calls_has_a_test():
    names = "\n".join(re.findall(r"def test_call_([0-9a-z_]+)\(", "\n".join(
        file.read_text() for file in HERE.glob("test_*.py"))))
    numbers = {int(number) for number in re.findall(r"(?:^|_and_)(\d{2})(?=_)", names, re.M)}
    assert numbers == set(range(1, 41))


def test_call_10_a_provider_is_tagged(client):
    answer = client.tag_resource(Resource=PROVIDER, Tags={"a": "b"})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert client.list_tags(Resource=PROVIDER)["Tags"] == {"a": "b"}
    answer = client.untag_resource(Resource=PROVIDER, TagKeys=["a"])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert client.list_tags(Resource=PROVIDER)["Tags"] == {}


def test_call_11_tags_of_a_provider_that_is_not_there(client):
    missing = ACCOUNT + "capacity-provider:none"
    assert refusal(client.list_tags, Resource=missing) == (
        404, "ResourceNotFoundException", f"Capacity provider not found: {missing}")


def test_call_12_a_provider_has_no_aliases_to_tag(client):
    wrong = PROVIDER + ":alias"
    status, code, message = refusal(client.tag_resource, Resource=wrong, Tags={"a": "b"})
    assert (status, code) == (400, "ValidationException")
    assert message == (f"1 validation error detected: Value '{wrong}' at 'resource' failed to satisfy constraint: Member "
                       f"must satisfy regular expression pattern: {TAG_PATTERN}")


def test_call_18_the_inner_configuration_must_be_there(emulator):
    body = json.dumps({"FunctionName": "f18", "Runtime": "provided.al2023", "Handler": "h", "Role": ROLE,
                       "Code": {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}, "CapacityProviderConfig": {}})
    status, code, text = raw(emulator, "POST", "/2015-03-31/functions", body)
    assert (status, code) == (400, "ValidationException")
    assert json.loads(text)["message"] == (
        "1 validation error detected: Value null at 'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig' "
        "failed to satisfy constraint: Member must not be null")


def test_call_28_an_event_is_accepted(client):
    answer = client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"name":"later"}')
    assert answer["StatusCode"] == 202
    assert "ExecutedVersion" not in answer
    assert answer["Payload"].read() == b""


def test_call_31_chunks_arrive_as_they_are_made(client, tmp_path):
    create_function(client, "streams", Code={"ZipFile": package(HERE / "streaming_bootstrap.py")}, Timeout=PATIENCE)
    publish_latest(client, "streams")
    release = tmp_path / "release"
    answer = client.invoke_with_response_stream(FunctionName="streams", Payload=json.dumps({"release": str(release)}))
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST.PUBLISHED"
    pieces, ends = [], []
    for event in answer["EventStream"]:
        if "PayloadChunk" in event:
            pieces.append(event["PayloadChunk"]["Payload"])
            release.touch()  # the second piece is made only after the first has arrived here
        if "InvokeComplete" in event:
            ends.append(event["InvokeComplete"])
    assert len(pieces) >= 2
    assert b"".join(pieces) == b"firstsecond"
    assert ends == [{}]


def test_call_33_an_alias_shares_its_calls_out(client):
    client.update_function_code(FunctionName="f", ZipFile=package(extra=b"two"))
    client.get_waiter("function_updated_v2").wait(FunctionName="f")
    assert publish(client)["Version"] == "2"
    status, code, message = refusal(client.create_alias, FunctionName="f", Name="refused", FunctionVersion="1",
                                    RoutingConfig={"AdditionalVersionWeights": {"2": 0.1, "3": 0.1}})
    assert (status, code, message) == (400, "InvalidParameterValueException",
                                       "Number of items in AdditionalVersionWeights cannot be greater than 1")
    answer = client.create_alias(FunctionName="f", Name="live", FunctionVersion="1",
                                 RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["AliasArn"] == ACCOUNT + "function:f:live"
    executed = []
    for _ in range(1000):
        executed.append(client.invoke(FunctionName="f", Qualifier="live", Payload=b'{"name":"Ada"}')["ExecutedVersion"])
    assert set(executed) == {"1", "2"}
    # A thousand draws at 10 %: 100 with a standard deviation of 9.5; eight of them either way never happen.
    assert 24 <= executed.count("2") <= 176


@pytest.fixture(scope="module")
def verifying(tmp_path_factory):
    directory = tmp_path_factory.mktemp("verifying")
    keys = directory / "credentials"
    keys.write_text("[me]\naws_access_key_id = AKIAME\naws_secret_access_key = my/secret+key\n"
                    "[role]\naws_access_key_id = ASIAROLE\naws_secret_access_key = s\naws_session_token = tok/en==\n")
    running = Emulator(directory / "lmi.db", "--verify-signatures", "--credentials", str(keys))
    yield running
    assert running.stop() == 0


def signed_client(emulator, key, secret, token=None, service="lambda", region="us-east-1"):
    return boto3.client(service, endpoint_url=emulator.endpoint, region_name=region, aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token)


MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
            "Key and signing method. Consult the service documentation for details.")


def test_call_40_a_wrong_secret_is_refused(verifying):
    assert refusal(signed_client(verifying, "AKIAME", "wrong").list_functions) == (
        403, "InvalidSignatureException", MISMATCH)
    assert refusal(signed_client(verifying, "test", "test").list_functions) == (
        403, "UnrecognizedClientException", "The security token included in the request is invalid.")
    assert refusal(signed_client(verifying, "ASIAROLE", "s", "other").list_functions)[1] == "UnrecognizedClientException"
    assert refusal(signed_client(verifying, "AKIAME", "my/secret+key", region="eu-west-1").list_functions)[1] == \
        "InvalidSignatureException"


def test_call_40_what_is_signed_rightly_is_served(verifying):
    for key, secret, token in (("AKIAME", "my/secret+key", None), ("ASIAROLE", "s", "tok/en==")):
        client = signed_client(verifying, key, secret, token)
        assert client.list_functions()["Functions"] == []
        # Names that are encoded in path and query, spaces, and text beyond ASCII.
        assert refusal(client.get_function, FunctionName=ACCOUNT + "function:none", Qualifier="$LATEST")[0] == 404
        assert refusal(client.list_tags, Resource=ACCOUNT + "function:none")[0] in (404, 501)
    create_provider(client)
    create_function(client, Description="größer & kleiner", Environment={"Variables": {"AB": "b c"}})
    publish_latest(client)
    answer = client.invoke(FunctionName="f:$LATEST.PUBLISHED", Payload=b'{"name":"Ada"}')
    assert b"Ada" in answer["Payload"].read()


def test_call_40_sts_says_whose_key_it_is(verifying):
    identity = signed_client(verifying, "AKIAME", "my/secret+key", service="sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == ("000000000000", "arn:aws:iam::000000000000:root")
    assert refusal(signed_client(verifying, "AKIAME", "x", service="sts").get_caller_identity)[:2] == (
        403, "SignatureDoesNotMatch")


def test_the_emulators_own_endpoints_are_closed_too(verifying):
    def lmi(command, key):
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "my/secret+key"}
        return subprocess.run([os.environ["LMI"], *command, "--endpoint", verifying.endpoint], env=environment,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert lmi(["status"], "AKIAME").returncode == 0
    assert lmi(["status"], "test").returncode == 1
    assert raw(verifying, "GET", "/_lmi/environments", "")[0] == 403
    assert raw(verifying, "GET", "/_lmi/health", "")[0] == 200


def test_another_address_demands_verification(tmp_path):
    def refused(*arguments):
        done = subprocess.run([os.environ["LMI"], "up", "--port", "0", "--state", "", *arguments], capture_output=True,
                              text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 2
        return done.stderr

    assert "--verify-signatures" in refused("--bind", "0.0.0.0")
    assert "test/test" in refused("--bind", "0.0.0.0", "--verify-signatures")
    assert "without --verify-signatures" in refused("--credentials", "keys")
    missing = subprocess.run([os.environ["LMI"], "up", "--port", "0", "--state", "", "--verify-signatures",
                              "--credentials", str(tmp_path / "none")], capture_output=True, text=True,
                             timeout=PATIENCE, check=False)
    assert missing.returncode == 1
    assert "cannot read the credentials file" in missing.stderr
