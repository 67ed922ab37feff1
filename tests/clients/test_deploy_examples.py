"""examples/deploy: what SAM's translator and `cdk synth` made of the examples is deployed and called."""

import os
import pathlib
import subprocess
import sys

import pytest

from conftest import ACCOUNT, PATIENCE, package, wait_until

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "deploy"


def deploy(emulator, tmp_path, template):
    archive = tmp_path / "function.zip"
    archive.write_bytes(package())
    environment = {**os.environ, "AWS_ENDPOINT_URL_LAMBDA": emulator.endpoint, "AWS_DEFAULT_REGION": "us-east-1",
                   "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return subprocess.run([sys.executable, EXAMPLES / "deploy_local.py", template, "--package", archive],
                          env=environment, capture_output=True, text=True, timeout=3 * PATIENCE, check=False)


@pytest.mark.parametrize("tool, template", [("sam", "sam/translated.json"), ("cdk", "cdk/synthesized.json")])
def test_the_template_is_deployed_and_its_function_called(emulator, client, tmp_path, tool, template):
    done = deploy(emulator, tmp_path, EXAMPLES / template)
    assert done.returncode == 0, done.stdout + done.stderr
    answer = client.invoke(FunctionName=f"{tool}-hello", Payload=b'{"name":"Ada"}')
    assert b"Ada" in answer["Payload"].read()
    configuration = client.get_function_configuration(FunctionName=f"{tool}-hello")
    managed = configuration["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"]
    assert managed["CapacityProviderArn"] == f"{ACCOUNT}capacity-provider:{tool}-example"
    assert managed["PerExecutionEnvironmentMaxConcurrency"] == 8
    wait_until(lambda: client.get_function_scaling_config(
        FunctionName=f"{tool}-hello", Qualifier="$LATEST.PUBLISHED")["AppliedFunctionScalingConfig"] == {
            "MinExecutionEnvironments": 1, "MaxExecutionEnvironments": 4}, "the scaling configuration")


def test_what_cannot_be_resolved_is_said(emulator, tmp_path):
    template = tmp_path / "template.json"
    template.write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, "F": {"Type": "AWS::Lambda::Function", '
                        '"Properties": {"FunctionName": {"Fn::Sub": "${AWS::StackName}-f"}, "Role": "r"}}}}')
    done = deploy(emulator, tmp_path, template)
    assert done.returncode == 1
    assert "left out: Topic (AWS::SNS::Topic)" in done.stdout
    assert "cannot resolve" in done.stderr
