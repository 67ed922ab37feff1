"""The life of a function through the AWS CLI alone."""

import json
import os
import shlex
import subprocess
import sys

from conftest import PATIENCE, ROLE, package, wait_until


def test_create_publish_wait_invoke_delete(emulator, tmp_path):
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": "", "AWS_CONFIG_FILE": str(tmp_path / "none"),
                   "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
    program = os.path.join(os.path.dirname(sys.executable), "aws")

    def run(*arguments):
        return subprocess.run([program, "lambda", *arguments, "--endpoint-url", emulator.endpoint], env=environment,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    def aws(*arguments):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    archive = tmp_path / "package.zip"
    archive.write_bytes(package())
    provider = aws("create-capacity-provider", "--capacity-provider-name", "cp1", "--vpc-config",
                   "SubnetIds=subnet-a,subnet-b,SecurityGroupIds=sg-a", "--permissions-config",
                   "CapacityProviderOperatorRoleArn=arn:aws:iam::000000000000:role/op")["CapacityProvider"]
    wait_until(lambda: aws("get-capacity-provider", "--capacity-provider-name", "cp1")["CapacityProvider"]["State"]
               == "Active", "the capacity provider")
    aws("create-function", "--function-name", "f", "--runtime", "provided.al2023", "--handler", "hello", "--role",
        ROLE, "--zip-file", f"fileb://{archive}", "--capacity-provider-config",
        json.dumps({"LambdaManagedInstancesCapacityProviderConfig":
                    {"CapacityProviderArn": provider["CapacityProviderArn"]}}))
    wait_until(lambda: aws("get-function", "--function-name", "f")["Configuration"]["State"] == "ActiveNonInvocable",
               "the function")
    version = aws("publish-version", "--function-name", "f", "--publish-to", "LATEST_PUBLISHED")
    assert version["Version"] == "$LATEST.PUBLISHED"
    aws("wait", "published-version-active", "--function-name", "f", "--qualifier", "$LATEST.PUBLISHED")

    out = tmp_path / "out"
    for name in ("f", "f:$LATEST.PUBLISHED"):  # the second is acceptance call 40's
        answer = aws("invoke", "--function-name", name, "--payload", '{"name":"Ada"}', str(out))
        assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST.PUBLISHED")
        assert "Ada" in out.read_text()

    assert aws("get-function-scaling-config", "--function-name", "f", "--qualifier", "$LATEST.PUBLISHED")[
        "AppliedFunctionScalingConfig"] == {"MinExecutionEnvironments": 3}
    aws("delete-function", "--function-name", "f")
    wait_until(lambda: not aws("list-functions")["Functions"], "the function's end")
    aws("delete-capacity-provider", "--capacity-provider-name", "cp1")
    wait_until(lambda: not aws("list-capacity-providers")["CapacityProviders"], "the provider's end")
    gone = run("get-function", "--function-name", "f")
    assert gone.returncode != 0
    assert "ResourceNotFoundException" in gone.stderr


def test_what_lmi_up_says_to_export_is_enough_for_the_cli_and_boto3(tmp_path):
    with subprocess.Popen([os.environ["LMI"], "up", "--port", "0", "--state", ""], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as up:
        try:
            said = []
            while not said or "Ctrl-C" not in said[-1]:
                said.append(up.stdout.readline())
                assert said[-1], "lmi up ended"
            environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_PAGER": ""}
            for line in said:
                if line.strip().startswith("export "):
                    environment.update(word.split("=", 1) for word in shlex.split(line, comments=True)[1:])
            aws = os.path.join(os.path.dirname(sys.executable), "aws")
            for command in ([aws, "lambda", "list-functions", "--output", "json"],
                            [sys.executable, "-c", "import boto3, json\n"
                             "print(json.dumps(boto3.client('lambda').list_functions(), default=str))"]):
                done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE,
                                      check=False)
                assert done.returncode == 0, done.stderr
                assert json.loads(done.stdout)["Functions"] == []
        finally:
            up.terminate()
