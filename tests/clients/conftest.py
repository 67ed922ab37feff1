"""An emulator of its own for each test file, and real clients for it."""

import functools
import io
import json
import os
import subprocess
import tempfile
import time
import zipfile

import boto3
import botocore.config
import botocore.exceptions
import pytest

ACCOUNT = "arn:aws:lambda:us-east-1:000000000000:"
ROLE = "arn:aws:iam::000000000000:role/r"
# How long anything may take before a test gives up: long, since the machine may be busy.
PATIENCE = 120


@functools.lru_cache(maxsize=None)
def hello():
    """The hello example without its debug information, which would make the packages slow to handle."""
    with tempfile.TemporaryDirectory() as directory:
        stripped = os.path.join(directory, "bootstrap")
        subprocess.run(["strip", "-o", stripped, os.environ["LMI_HELLO"]], check=True)
        with open(stripped, "rb") as file:
            return file.read()


@functools.lru_cache(maxsize=None)
def package(program=None, extra=b""):
    """A zip file with `program` (a path; default: the hello example) as its executable bootstrap."""
    content = program.read_bytes() if program else hello()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o100755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, content)
        archive.writestr("extra", extra)
    return buffer.getvalue()


def wait_until(ready, what):
    end = time.monotonic() + PATIENCE
    while True:
        value = ready()
        if value:
            return value
        assert time.monotonic() < end, f"waited {PATIENCE} s for {what}"
        time.sleep(0.05)


class Emulator:
    """`lmi up` as a child process."""

    def __init__(self, state, *arguments):
        self.state = state
        self.process = subprocess.Popen(
            [os.environ["LMI"], "up", "--port", "0", "--state", str(state), "--output", "json",
             *map(str, arguments)],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line, "lmi up ended without a word"
        self.endpoint = json.loads(line)["endpoint"]

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()
        return code

    def client(self, **config):
        retries = config.pop("retries", {"max_attempts": 0})
        return boto3.client(
            "lambda", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id="test",
            aws_secret_access_key="test",
            config=botocore.config.Config(retries=retries, read_timeout=PATIENCE, max_pool_connections=100, **config))


@pytest.fixture(scope="module")
def stand_in():
    """The endpoint of moto's server, which stands in for AWS's other services."""
    import moto.server  # here, because it takes a second and few files need it

    server = moto.server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    running = Emulator(tmp_path_factory.mktemp("state") / "lmi.db")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def client(emulator):
    return emulator.client()


def create_provider(client, name="cp1"):
    answer = client.create_capacity_provider(
        CapacityProviderName=name,
        VpcConfig={"SubnetIds": ["subnet-a", "subnet-b", "subnet-c"], "SecurityGroupIds": ["sg-a"]},
        PermissionsConfig={"CapacityProviderOperatorRoleArn": "arn:aws:iam::000000000000:role/op"})
    wait_until(lambda: client.get_capacity_provider(CapacityProviderName=name)["CapacityProvider"]["State"] == "Active",
               f"capacity provider {name}")
    return answer


def managed(provider="cp1", **changes):
    return {"LambdaManagedInstancesCapacityProviderConfig":
            {"CapacityProviderArn": ACCOUNT + "capacity-provider:" + provider, **changes}}


def create_function(client, name="f", wait=True, **changes):
    request = {"FunctionName": name, "Runtime": "provided.al2023", "Handler": "hello", "Role": ROLE,
               "Code": {"ZipFile": package()}, "CapacityProviderConfig": managed()}
    request.update(changes)
    answer = client.create_function(**request)
    if wait:
        wait_until(lambda: client.get_function(FunctionName=name)["Configuration"]["State"] == "ActiveNonInvocable",
                   f"function {name}")
    return answer


def wait_for_version(client, name, qualifier):
    client.get_waiter("published_version_active").wait(
        FunctionName=name, Qualifier=qualifier, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})


def publish(client, name="f", **arguments):
    version = client.publish_version(FunctionName=name, **arguments)
    wait_for_version(client, name, version["Version"])
    return version


def publish_latest(client, name="f"):
    return publish(client, name, PublishTo="LATEST_PUBLISHED")


def refusal(call, **arguments):
    """(HTTP status, code, message) of a call that must fail."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return (response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"])
