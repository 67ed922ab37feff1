import threading

import pytest

from conftest import create_function, create_provider, managed, package, publish_latest, refusal, wait_until

PUBLISHED = {"FunctionName": "f", "Qualifier": "$LATEST.PUBLISHED"}

# Answers each invocation when its payload's file appears: a test decides how long a call takes.
WAITING = """#!/usr/bin/env python3
import json, os, time, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as event:
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
        call = json.loads(event.read())
    open(call["started"] + "/" + request_id, "w").close()
    while not os.path.exists(call["release"]):
        time.sleep(0.02)
    urllib.request.urlopen(urllib.request.Request(api + request_id + "/response", data=b'"done"', method="POST")).read()
"""


@pytest.fixture(scope="module", autouse=True)
def function(client):
    create_provider(client)
    create_function(client)
    publish_latest(client)


def test_call_34_three_environments_by_default(client):
    answer = client.get_function_scaling_config(**PUBLISHED)
    assert answer["AppliedFunctionScalingConfig"] == {"MinExecutionEnvironments": 3}
    assert "RequestedFunctionScalingConfig" not in answer


def test_call_35_scaling_is_changed(client):
    wanted = {"MinExecutionEnvironments": 1, "MaxExecutionEnvironments": 4}
    answer = client.put_function_scaling_config(FunctionScalingConfig=wanted, **PUBLISHED)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["FunctionState"] == "Active"
    wait_until(lambda: client.get_function_scaling_config(**PUBLISHED)["AppliedFunctionScalingConfig"] == wanted,
               "the scaling configuration")


def test_call_36_zero_and_zero_deactivates(client):
    assert refusal(client.put_function_scaling_config, **PUBLISHED, FunctionScalingConfig={
        "MinExecutionEnvironments": 0, "MaxExecutionEnvironments": 5})[1] == "InvalidParameterValueException"
    client.put_function_scaling_config(
        FunctionScalingConfig={"MinExecutionEnvironments": 0, "MaxExecutionEnvironments": 0}, **PUBLISHED)
    wait_until(lambda: client.get_function_configuration(**PUBLISHED)["State"] == "Deactivated", "deactivation")
    status, code, message = refusal(client.invoke, FunctionName="f")
    assert (status, code) == (409, "ResourceConflictException")
    assert message.endswith("following state: Deactivated")
    client.put_function_scaling_config(FunctionScalingConfig={"MinExecutionEnvironments": 1}, **PUBLISHED)
    client.get_waiter("published_version_active").wait(WaiterConfig={"Delay": 1, "MaxAttempts": 120}, **PUBLISHED)
    assert b"Ada" in client.invoke(FunctionName="f", Payload=b'{"name":"Ada"}')["Payload"].read()


def test_call_30_exactly_the_surplus_is_refused(client, tmp_path):
    program = tmp_path / "bootstrap"
    program.write_text(WAITING)
    create_function(client, "waiting", Code={"ZipFile": package(program)}, Timeout=300,
                    CapacityProviderConfig=managed(PerExecutionEnvironmentMaxConcurrency=1))
    publish_latest(client, "waiting")  # three environments with one slot each
    client.put_function_scaling_config(
        FunctionName="waiting", Qualifier="$LATEST.PUBLISHED",
        FunctionScalingConfig={"MinExecutionEnvironments": 3, "MaxExecutionEnvironments": 3})
    started = tmp_path / "started"
    started.mkdir()
    release = tmp_path / "release"
    payload = '{"started":"%s","release":"%s"}' % (started, release)
    answers = []
    callers = [threading.Thread(target=lambda: answers.append(
        client.invoke(FunctionName="waiting", Payload=payload)["Payload"].read())) for _ in range(3)]
    for count, caller in enumerate(callers, start=1):
        caller.start()
        wait_until(lambda: len(list(started.iterdir())) == count, f"call {count} to be inside the function")
    status, code, message = refusal(client.invoke, FunctionName="waiting", Payload=payload)
    assert (status, code, message) == (429, "TooManyRequestsException", "Rate Exceeded.")
    release.touch()
    for caller in callers:
        caller.join()
    assert answers == [b'"done"'] * 3
