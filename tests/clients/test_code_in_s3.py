"""Code and layers in buckets of moto's server, which stands in for S3."""

import json
import os
import pathlib
import subprocess
import sys

import boto3
import pytest

from conftest import PATIENCE, Emulator, create_function, create_provider, package, publish_latest, refusal

DEPLOY = pathlib.Path(__file__).parents[2] / "examples" / "deploy"


@pytest.fixture(scope="module")
def s3(stand_in):
    client = boto3.client("s3", endpoint_url=stand_in, region_name="us-east-1", aws_access_key_id="test",
                          aws_secret_access_key="test")
    client.create_bucket(Bucket="code")
    client.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    return client


@pytest.fixture(scope="module")
def emulator(tmp_path_factory, stand_in):
    running = Emulator(tmp_path_factory.mktemp("state") / "lmi.db", "--s3-endpoint", stand_in)
    create_provider(running.client())
    yield running
    assert running.stop() == 0


def in_s3(s3, content, key="dir/my package+1.zip"):
    version = s3.put_object(Bucket="code", Key=key, Body=content)["VersionId"]
    return {"S3Bucket": "code", "S3Key": key}, version


def test_a_function_is_created_updated_and_called(client, s3):
    place, first = in_s3(s3, package())
    created = create_function(client, "f", Code=place)
    twin = create_function(client, "twin")
    assert (created["CodeSha256"], created["CodeSize"]) == (twin["CodeSha256"], twin["CodeSize"])
    publish_latest(client, "f")
    assert b"Ada" in client.invoke(FunctionName="f", Payload=b'{"name":"Ada"}')["Payload"].read()

    in_s3(s3, package(extra=b"newer"))
    assert client.update_function_code(FunctionName="f", **place)["CodeSha256"] != created["CodeSha256"]
    client.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig={"Delay": 1})
    old = client.update_function_code(FunctionName="f", S3ObjectVersion=first, **place)
    assert old["CodeSha256"] == created["CodeSha256"]
    client.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig={"Delay": 1})


def test_a_layer_is_published(client, s3):
    place, _ = in_s3(s3, package(extra=b"layer"), "layer.zip")
    made = client.publish_layer_version(LayerName="tools", Content=place)
    assert made["Version"] == 1
    assert made["Content"]["CodeSize"] == len(package(extra=b"layer"))


def test_what_s3_refuses_is_said_as_aws_says_it(client, s3):
    missing = {"S3Bucket": "code", "S3Key": "nothing.zip"}
    assert refusal(client.update_function_code, FunctionName="f", **missing) == (
        400, "InvalidParameterValueException",
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
        "S3 Error Message: The specified key does not exist.")
    status, code, message = refusal(client.publish_layer_version, LayerName="tools",
                                    Content={"S3Bucket": "no-such-bucket-here", "S3Key": "k"})
    assert (status, code) == (400, "InvalidParameterValueException")
    assert message.startswith("Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: ")


def test_the_cdk_example_is_deployed_from_its_bucket(emulator, client, s3):
    # Where `cdk deploy` puts the code of the example.
    bucket = "cdk-hnb659fds-assets-000000000000-us-east-1"
    resources = json.loads((DEPLOY / "cdk" / "synthesized.json").read_text())["Resources"].values()
    [code] = [each["Properties"]["Code"] for each in resources if each["Type"] == "AWS::Lambda::Function"]
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=code["S3Key"], Body=package())
    environment = {**os.environ, "AWS_ENDPOINT_URL_LAMBDA": emulator.endpoint, "AWS_DEFAULT_REGION": "us-east-1",
                   "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    done = subprocess.run([sys.executable, DEPLOY / "deploy_local.py", DEPLOY / "cdk" / "synthesized.json", "--code-in-s3"],
                          env=environment, capture_output=True, text=True, timeout=3 * PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"Ada" in client.invoke(FunctionName="cdk-hello", Payload=b'{"name":"Ada"}')["Payload"].read()


def test_without_the_option_it_is_named(tmp_path):
    plain = Emulator(tmp_path / "lmi.db")
    client = plain.client()
    create_provider(client)
    create_function(client, "f")
    status, code, message = refusal(client.update_function_code, FunctionName="f", S3Bucket="code", S3Key="k")
    assert (status, code) == (400, "InvalidParameterValueException")
    assert "--s3-endpoint URL" in message
    assert plain.stop() == 0
