"""Functions without a capacity provider, and layers."""

import base64
import concurrent.futures
import io
import json
import os
import re
import time
import urllib.request
import zipfile

import botocore.exceptions
import pytest

from conftest import (ACCOUNT, PATIENCE, Emulator, create_function, create_provider, package, publish_latest, refusal,
                      wait_until)

# A runtime in a few lines. An event can ask it to print, to wait for a file, to end, to tell about itself.
PROBE = """#!/usr/bin/env python3
import json, os, sys, time, urllib.request
API = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/'

def post(path, value):
    urllib.request.urlopen(urllib.request.Request(API + path, json.dumps(value).encode())).read()

INIT = %r
if INIT == 'error':
    post('init/error', {'errorType': 'NoTable', 'errorMessage': 'there is no table'})
if INIT:
    sys.exit(3)
calls = 0
while True:
    event = urllib.request.urlopen(API + 'invocation/next')
    wish = json.loads(event.read())
    calls += 1
    if 'print' in wish:
        print(wish['print'], flush=True)
    if 'touch' in wish:
        open(wish['touch'], 'w').close()
    while 'until' in wish and not os.path.exists(wish['until']):
        time.sleep(0.01)
    if 'exit' in wish:
        os._exit(wish['exit'])
    answer = {'pid': os.getpid(), 'calls': calls, 'code': %r,
              'environment': {name: os.environ.get(name) for name in wish.get('variables', [])},
              'files': {}}
    for name in wish.get('files', []):
        path = name.replace('/opt', os.environ['LMI_OPT_ROOT'], 1)
        answer['files'][name] = open(path).read() if os.path.exists(path) else None
    answer['opt'] = sorted(os.listdir('/opt')) if wish.get('list_opt') else None
    post('invocation/' + event.headers['Lambda-Runtime-Aws-Request-Id'] + '/response', answer)
"""

# Registers, waits for events and notes each in the directory that the function's variable NOTES names.
EXTENSION = """#!/usr/bin/env python3
import json, os, urllib.request
API = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2020-01-01/extension/'
request = urllib.request.Request(API + 'register', b'{"events":["INVOKE","SHUTDOWN"]}',
                                 {'Lambda-Extension-Name': 'noter'})
headers = {'Lambda-Extension-Identifier': urllib.request.urlopen(request).headers['Lambda-Extension-Identifier']}
while True:
    event = json.loads(urllib.request.urlopen(urllib.request.Request(API + 'event/next', headers=headers)).read())
    name = event.get('requestId', event['eventType'])
    open(os.path.join(os.environ['NOTES'], name), 'w').close()
    if event['eventType'] == 'SHUTDOWN':
        break
"""


def probe(tmp_path, code="", init=""):
    script = tmp_path / "bootstrap"
    script.write_text(PROBE % (init, code))
    return package(script, code.encode())


def create(client, name, zip_file=None, **changes):
    """A function without a capacity provider, ready to be invoked."""
    request = {"FunctionName": name, "Runtime": "provided.al2023", "Handler": "h",
               "Role": "arn:aws:iam::000000000000:role/r", "Code": {"ZipFile": zip_file or package()}, "Timeout": 60}
    request.update(changes)
    answer = client.create_function(**request)
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})
    return answer


def invoke(client, name, event=None, **arguments):
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event or {}), **arguments)
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def log_tail(answer):
    return base64.b64decode(answer["LogResult"]).decode()


def environments(emulator, name):
    with urllib.request.urlopen(emulator.endpoint + "/_lmi/environments") as reply:
        return [one for one in json.load(reply)["environments"] if one["functionName"] == name]


def layer(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, (content, mode) in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)
    return {"ZipFile": buffer.getvalue()}


class Running:
    """A call that runs until it is told to end."""

    def __init__(self, client, name, directory, event=None):
        self.gate = directory / f"{name}-{time.monotonic_ns()}"
        begun = directory / (self.gate.name + "-begun")
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.future = self.pool.submit(invoke, client, name,
                                       {"until": str(self.gate), "touch": str(begun), **(event or {})})
        wait_until(lambda: begun.exists() or self.future.done(), "a call to begin")

    def finish(self):
        self.gate.touch()
        try:
            return self.future.result(PATIENCE)
        finally:
            self.pool.shutdown()


def test_a_function_is_there_when_it_was_created(client):
    answer = create(client, "hello", MemorySize=256)
    assert answer["State"] == "Pending"
    assert "CapacityProviderConfig" not in answer
    reply = client.invoke(FunctionName="hello", Payload=b'{"name":"Ada"}')
    assert reply["StatusCode"] == 200
    assert reply["ExecutedVersion"] == "$LATEST"
    assert b"Ada" in reply["Payload"].read()


def test_the_first_call_is_cold_and_the_next_one_warm(client, emulator, tmp_path):
    create(client, "warm", probe(tmp_path), MemorySize=256)
    assert environments(emulator, "warm") == []
    cold = client.invoke(FunctionName="warm", Payload=b"{}", LogType="Tail")
    warm = client.invoke(FunctionName="warm", Payload=b"{}", LogType="Tail")
    first, second = json.loads(cold["Payload"].read()), json.loads(warm["Payload"].read())
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"]
    assert "Init Duration: " in log_tail(cold)
    assert "Init Duration" not in log_tail(warm)
    assert [(one["state"], one["slots"], one["pid"]) for one in environments(emulator, "warm")] == [
        ("ready", 1, first["pid"])]


def test_calls_at_once_have_an_environment_each(client, tmp_path):
    create(client, "parallel", probe(tmp_path))
    running = [Running(client, "parallel", tmp_path) for _ in range(3)]
    assert len({one.finish()["pid"] for one in running}) == 3


def test_the_runtime_sees_standard_lambda(client, tmp_path):
    create(client, "variables", probe(tmp_path))
    seen = invoke(client, "variables", {"variables": ["AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_MAX_CONCURRENCY",
                                                      "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_LOG_FORMAT"]})
    assert seen["environment"] == {"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_MAX_CONCURRENCY": None,
                                   "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_LOG_FORMAT": "Text"}


def test_tail_has_the_log_of_the_call(client, tmp_path):
    create(client, "tail", probe(tmp_path), MemorySize=256)
    answer = client.invoke(FunctionName="tail", Payload=json.dumps({"print": "one line"}), LogType="Tail")
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert re.fullmatch(
        rf"START RequestId: {request_id} Version: \$LATEST\n"
        r"one line\n"
        rf"END RequestId: {request_id}\n"
        rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
        r"Max Memory Used: [1-9]\d* MB\tInit Duration: \d+\.\d\d ms\t\n", log_tail(answer)), log_tail(answer)
    assert "LogResult" not in client.invoke(FunctionName="tail", Payload=b"{}")


def test_tail_in_json_when_the_function_logs_json(client, tmp_path):
    create(client, "json", probe(tmp_path), LoggingConfig={"LogFormat": "JSON"})
    lines = log_tail(client.invoke(FunctionName="json", Payload=b"{}", LogType="Tail")).splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["type"] for event in events] == ["platform.start", "platform.report"]
    metrics = events[-1]["record"]["metrics"]
    assert metrics["memorySizeMB"] == 128
    assert metrics["maxMemoryUsedMB"] > 0
    assert metrics["billedDurationMs"] >= metrics["initDurationMs"] + metrics["durationMs"]


def test_a_version_keeps_its_code_and_latest_gets_the_new_one(client, emulator, tmp_path):
    create(client, "update", probe(tmp_path, "old"))
    old = invoke(client, "update")
    assert client.publish_version(FunctionName="update")["Version"] == "1"
    busy = Running(client, "update", tmp_path)
    client.update_function_code(FunctionName="update", ZipFile=probe(tmp_path, "new"))
    client.get_waiter("function_updated_v2").wait(FunctionName="update", WaiterConfig={"Delay": 1})
    new = invoke(client, "update")
    assert new["code"] == "new" and new["pid"] != old["pid"]
    assert busy.finish()["code"] == "old"
    assert invoke(client, "update", Qualifier="1")["code"] == "old"
    wait_until(lambda: {(one["version"], one["pid"]) for one in environments(emulator, "update")
                        if one["version"] == "$LATEST"} == {("$LATEST", new["pid"])}, "old environments to end")


def test_a_changed_configuration_starts_new_environments(client, tmp_path):
    create(client, "configured", probe(tmp_path), Environment={"Variables": {"COLOUR": "red"}})
    before = invoke(client, "configured", {"variables": ["COLOUR"]})
    client.update_function_configuration(FunctionName="configured", Environment={"Variables": {"COLOUR": "blue"}})
    client.get_waiter("function_updated_v2").wait(FunctionName="configured", WaiterConfig={"Delay": 1})
    after = invoke(client, "configured", {"variables": ["COLOUR"]})
    assert (before["environment"]["COLOUR"], after["environment"]["COLOUR"]) == ("red", "blue")


def test_a_timeout_replaces_the_environment(client, tmp_path):
    create(client, "slow", probe(tmp_path), Timeout=1)
    first = invoke(client, "slow")
    answer = client.invoke(FunctionName="slow", Payload=json.dumps({"until": str(tmp_path / "never")}), LogType="Tail")
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds"}
    assert f"{request_id} Task timed out after 1.00 seconds\n" in log_tail(answer)
    assert log_tail(answer).endswith("Status: timeout\n")
    again = invoke(client, "slow")
    assert again["pid"] != first["pid"] and again["calls"] == 1


def test_a_crash_is_answered_and_the_next_call_served(client, tmp_path):
    create(client, "crash", probe(tmp_path))
    answer = client.invoke(FunctionName="crash", Payload=b'{"exit": 7}')
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert json.loads(answer["Payload"].read()) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status 7"}
    assert invoke(client, "crash")["calls"] == 1


def test_a_failing_init_is_the_callers_error(client, tmp_path):
    create(client, "exits", probe(tmp_path, init="exit"))
    answer = client.invoke(FunctionName="exits", Payload=b"{}")
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read()) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status 3"}


def test_what_the_runtime_said_of_its_init_reaches_the_caller(client, tmp_path):
    create(client, "init", probe(tmp_path, init="error"))
    answer = client.invoke(FunctionName="init", Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {"errorType": "NoTable", "errorMessage": "there is no table"}


def test_the_accounts_concurrency_is_a_limit(tmp_path_factory, tmp_path):
    from conftest import Emulator
    limited = Emulator(tmp_path_factory.mktemp("limited") / "lmi.db", "--account-concurrency", "1")
    try:
        client = limited.client()
        create(client, "only", probe(tmp_path))
        running = Running(client, "only", tmp_path)
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            client.invoke(FunctionName="only", Payload=b"{}")
        assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert caught.value.response["Error"]["Message"] == "Rate Exceeded."
        assert caught.value.response["Reason"] == "ConcurrentInvocationLimitExceeded"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        running.finish()
        invoke(client, "only")
        assert client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 1
    finally:
        assert limited.stop() == 0


def test_an_idle_environment_ends(tmp_path_factory, tmp_path):
    from conftest import Emulator
    eager = Emulator(tmp_path_factory.mktemp("eager") / "lmi.db", "--idle-time", "1")
    try:
        client = eager.client()
        create(client, "idle", probe(tmp_path))
        first = invoke(client, "idle")
        wait_until(lambda: environments(eager, "idle") == [], "the idle environment to end")
        assert invoke(client, "idle")["pid"] != first["pid"]
    finally:
        assert eager.stop() == 0


def test_deleting_ends_its_environments(client, emulator, tmp_path):
    create(client, "gone", probe(tmp_path))
    invoke(client, "gone")
    assert client.delete_function(FunctionName="gone")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refusal(client.invoke, FunctionName="gone")[0] == 404
    wait_until(lambda: environments(emulator, "gone") == [], "its environments to end")
    create(client, "gone", probe(tmp_path, "again"))
    assert invoke(client, "gone")["code"] == "again"


def test_functions_are_back_after_a_restart(tmp_path_factory, tmp_path):
    from conftest import Emulator
    state = tmp_path_factory.mktemp("restart") / "lmi.db"
    before = Emulator(state)
    client = before.client()
    create(client, "kept", probe(tmp_path, "kept"))
    client.publish_layer_version(LayerName="kept", Content=layer({"a": ("1", 0o644)}))
    assert before.stop() == 0
    after = Emulator(state)
    try:
        assert invoke(after.client(), "kept")["code"] == "kept"
        assert after.client().list_layers()["Layers"][0]["LayerName"] == "kept"
    finally:
        assert after.stop() == 0


# ---- Layers ----


def test_a_layer_is_published_read_listed_and_deleted(client):
    content = layer({"bin/tool": ("tool", 0o755)})
    made = client.publish_layer_version(LayerName="life", Content=content, Description="d", LicenseInfo="MIT",
                                        CompatibleRuntimes=["provided.al2023"], CompatibleArchitectures=["x86_64"])
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["LayerVersionArn"] == ACCOUNT + "layer:life:1"
    assert made["Version"] == 1
    assert made["Content"]["CodeSize"] == len(content["ZipFile"])
    read = client.get_layer_version(LayerName="life", VersionNumber=1)
    by_arn = client.get_layer_version_by_arn(Arn=made["LayerVersionArn"])
    for answer in (made, read, by_arn):
        del answer["ResponseMetadata"]
    assert made == read == by_arn
    client.publish_layer_version(LayerName="life", Content=content)
    assert [one["Version"] for one in client.list_layer_versions(LayerName="life")["LayerVersions"]] == [2, 1]
    assert "life" in [one["LayerName"] for one in client.list_layers()["Layers"]]
    assert client.delete_layer_version(LayerName="life", VersionNumber=1)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refusal(client.get_layer_version, LayerName="life", VersionNumber=1)[:2] == (
        404, "ResourceNotFoundException")


def test_a_function_sees_its_layers_as_opt(client, tmp_path):
    first = client.publish_layer_version(LayerName="first", Content=layer({"data/a": ("a", 0o644),
                                                                           "data/both": ("first", 0o644)}))
    second = client.publish_layer_version(LayerName="second", Content=layer({"data/both": ("second", 0o644)}))
    create(client, "layered", probe(tmp_path), Layers=[first["LayerVersionArn"], second["LayerVersionArn"]])
    seen = invoke(client, "layered", {"files": ["/opt/data/a", "/opt/data/both", "/opt/data/c"]})
    assert seen["files"] == {"/opt/data/a": "a", "/opt/data/both": "second", "/opt/data/c": None}
    assert [one["Arn"] for one in client.get_function_configuration(FunctionName="layered")["Layers"]] == [
        first["LayerVersionArn"], second["LayerVersionArn"]]


def may_mount():
    """Whether this host lets a process have a mount of its own, as the emulator needs it for /opt."""
    return os.path.isdir("/opt") and any(
        os.system(f"unshare {flags} mount --bind / /opt 2>/dev/null") == 0 for flags in ("-m", "-Urm"))


@pytest.mark.skipif(not may_mount(), reason="this host allows no mount namespaces")
def test_the_mount_is_the_functions_alone(client, tmp_path):
    before = sorted(os.listdir("/opt"))
    made = client.publish_layer_version(LayerName="mounted", Content=layer({"only-in-the-layer": ("", 0o644)}))
    create(client, "mounted", probe(tmp_path), Layers=[made["LayerVersionArn"]])
    assert invoke(client, "mounted", {"list_opt": True})["opt"] == ["only-in-the-layer"]
    assert sorted(os.listdir("/opt")) == before


def test_an_extension_in_a_layer_is_started_and_told_of_each_call(client, emulator, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    made = client.publish_layer_version(LayerName="noter", Content=layer({"extensions/noter": (EXTENSION, 0o755)}))
    create(client, "extended", probe(tmp_path), Layers=[made["LayerVersionArn"]],
           Environment={"Variables": {"NOTES": str(notes)}})
    answer = client.invoke(FunctionName="extended", Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    wait_until(lambda: (notes / answer["ResponseMetadata"]["RequestId"]).exists(), "the INVOKE event")
    client.delete_function(FunctionName="extended")
    wait_until(lambda: (notes / "SHUTDOWN").exists(), "the SHUTDOWN event")
    wait_until(lambda: environments(emulator, "extended") == [], "the environment to end")


def test_managed_functions_have_layers_too(client, tmp_path):
    create_provider(client)
    made = client.publish_layer_version(LayerName="shared", Content=layer({"data": ("for all", 0o644)}))
    create_function(client, "managed", Code={"ZipFile": probe(tmp_path)}, Layers=[made["LayerVersionArn"]])
    publish_latest(client, "managed")
    assert invoke(client, "managed", {"files": ["/opt/data"]})["files"] == {"/opt/data": "for all"}
    assert refusal(client.invoke, FunctionName="managed", LogType="Tail")[1] == "InvalidParameterValueException"


def test_layer_refusals(client, tmp_path):
    assert refusal(client.get_layer_version, LayerName="life", VersionNumber=0) == (
        400, "InvalidParameterValueException", "Layer Version Cannot be less than 1")
    status, code, message = refusal(create, client=client, name="nolayer", zip_file=package(),
                                    Layers=[ACCOUNT + "layer:doesnotexist:1"])
    assert (status, code) == (400, "InvalidParameterValueException")
    assert message == f"Layer version {ACCOUNT}layer:doesnotexist:1 does not exist."


def provisioned(client, name, qualifier="1"):
    shown = client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)
    return shown["Status"], shown["AvailableProvisionedConcurrentExecutions"]


def test_provisioned_environments_are_there_before_the_first_call(client, emulator, tmp_path):
    create(client, "provisioned", probe(tmp_path), Publish=True)
    put = client.put_provisioned_concurrency_config(FunctionName="provisioned", Qualifier="1",
                                                    ProvisionedConcurrentExecutions=2)
    assert put["Status"] == "IN_PROGRESS"
    wait_until(lambda: provisioned(client, "provisioned") == ("READY", 2), "two environments")
    ready = {one["pid"] for one in environments(emulator, "provisioned")}
    assert len(ready) == 2

    kind = {"variables": ["AWS_LAMBDA_INITIALIZATION_TYPE"]}
    calls = [Running(client, "provisioned:1", tmp_path, kind) for _ in range(3)]
    answers = [call.finish() for call in calls]
    kinds = sorted(answer["environment"]["AWS_LAMBDA_INITIALIZATION_TYPE"] for answer in answers)
    assert kinds == ["on-demand", "provisioned-concurrency", "provisioned-concurrency"]
    assert len({answer["pid"] for answer in answers} & ready) == 2

    assert client.delete_provisioned_concurrency_config(FunctionName="provisioned", Qualifier="1")[
        "ResponseMetadata"]["HTTPStatusCode"] == 204
    wait_until(lambda: not ready & {one["pid"] for one in environments(emulator, "provisioned")}, "their end")


def test_provisioned_environments_that_cannot_start_are_a_failure(client, tmp_path):
    create(client, "stillborn", probe(tmp_path, init="exit"), Publish=True)
    client.put_provisioned_concurrency_config(FunctionName="stillborn", Qualifier="1",
                                              ProvisionedConcurrentExecutions=1)
    wait_until(lambda: provisioned(client, "stillborn") == ("FAILED", 0), "the failure")
    shown = client.get_provisioned_concurrency_config(FunctionName="stillborn", Qualifier="1")
    assert shown["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE"


def test_provisioned_environments_come_back_after_a_restart(tmp_path):
    first = Emulator(tmp_path / "lmi.db")
    create(first.client(), "provisioned", probe(tmp_path), Publish=True)
    first.client().put_provisioned_concurrency_config(FunctionName="provisioned", Qualifier="1",
                                                      ProvisionedConcurrentExecutions=1)
    wait_until(lambda: provisioned(first.client(), "provisioned") == ("READY", 1), "an environment")
    assert first.stop() == 0
    second = Emulator(tmp_path / "lmi.db")
    wait_until(lambda: provisioned(second.client(), "provisioned") == ("READY", 1), "another environment")
    assert len(environments(second, "provisioned")) == 1
    assert second.stop() == 0
