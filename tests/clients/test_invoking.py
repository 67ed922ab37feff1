import json

import pytest

from conftest import ACCOUNT, create_function, create_provider, managed, package, publish, publish_latest, refusal


@pytest.fixture(scope="module", autouse=True)
def function(client):
    create_provider(client)
    create_function(client)
    publish_latest(client)
    publish(client)


def test_call_24_unqualified_calls_reach_latest_published(client):
    answer = client.invoke(FunctionName="f", Payload=b'{"name":"Ada"}')
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST.PUBLISHED"
    assert "FunctionError" not in answer
    assert b"Ada" in answer["Payload"].read()
    assert answer["ResponseMetadata"]["RequestId"]


def test_call_25_a_version_is_reached_by_qualifier_and_by_arn(client):
    for arguments in ({"FunctionName": "f", "Qualifier": "1"}, {"FunctionName": ACCOUNT + "function:f:1"},
                      {"FunctionName": "f:1"}, {"FunctionName": "000000000000:function:f:1"}):
        answer = client.invoke(Payload=b'{"name":"Ada"}', **arguments)
        assert answer["ExecutedVersion"] == "1", arguments
        assert b"Ada" in answer["Payload"].read()


def test_call_26_latest_is_not_invocable(client):
    assert refusal(client.invoke, FunctionName="f", Qualifier="$LATEST") == (
        400, "InvalidParameterValueException",
        "Functions configured with capacity provider configuration can't be invoked with $LATEST qualifier. To invoke "
        "this function, specify a published version qualifier or $LATEST.PUBLISHED.")


def test_call_27_no_tail_logs(client):
    assert refusal(client.invoke, FunctionName="f", LogType="Tail") == (
        400, "InvalidParameterValueException",
        "Tail logs are not supported for functions configured with capacity provider")


def test_call_28_dry_run_runs_nothing(client):
    answer = client.invoke(FunctionName="f", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert "ExecutedVersion" not in answer
    assert answer["Payload"].read() == b""


def test_call_29_a_failing_handler_answers_200_with_an_error(client):
    answer = client.invoke(FunctionName="f", Payload=b'["no object with a name"]')
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    error = json.loads(answer["Payload"].read())
    assert error["errorType"]
    assert error["errorMessage"]


def test_a_runtime_that_exits_is_told_in_the_words_of_aws(client, tmp_path):
    script = tmp_path / "bootstrap"
    # Takes one invocation, never answers it and ends.
    script.write_text("#!/usr/bin/env python3\n"
                      "import os, urllib.request\n"
                      "api = os.environ['AWS_LAMBDA_RUNTIME_API']\n"
                      "urllib.request.urlopen(f'http://{api}/2018-06-01/runtime/invocation/next').read()\n"
                      "os._exit(3)\n")
    create_function(client, "exits", Code={"ZipFile": package(script)},
                    CapacityProviderConfig=managed(PerExecutionEnvironmentMaxConcurrency=1))
    publish_latest(client, "exits")
    answer = client.invoke(FunctionName="exits", Payload=b"{}")
    request_id = answer["ResponseMetadata"]["RequestId"]
    error = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].startswith(f"RequestId: {request_id} Error: Runtime exited")


def test_call_32_a_missing_version_is_not_found(client):
    assert refusal(client.invoke, FunctionName="f", Qualifier="99") == (
        404, "ResourceNotFoundException", f"Function not found: {ACCOUNT}function:f:99")


def test_a_function_of_another_region_is_not_reachable(client):
    assert refusal(client.invoke, FunctionName="arn:aws:lambda:eu-west-1:000000000000:function:f") == (
        404, "ResourceNotFoundException",
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")


def test_a_payload_that_is_no_json_is_refused(client):
    status, code, message = refusal(client.invoke, FunctionName="f", Payload=b"\x99")
    assert (status, code) == (400, "InvalidRequestContentException")
    assert message.startswith("Could not parse request body into json: Could not parse payload into json: Unexpected "
                              "character ((CTRL-CHAR, code 153))")


def test_a_payload_that_is_no_utf8_is_refused(client):
    assert refusal(client.invoke, FunctionName="f", Payload=b"n\x87r\x9e\xe9\xb5\xd7I\xee\x9bmt") == (  # recorded
        400, "InvalidRequestContentException",
        "Could not parse request body into json: Could not parse payload into json: Invalid UTF-8 start byte 0x87\n "
        "at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 3]")
