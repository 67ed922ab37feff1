"""InvokeWithResponseStream as boto3 reads it: piece by piece, while the function still runs."""

import base64
import json
import os
import pathlib

import pytest

from conftest import ROLE, create_function, create_provider, package, publish_latest, refusal, wait_until

STREAMER = pathlib.Path(os.environ["LMI_STREAMER"])


@pytest.fixture(scope="module", autouse=True)
def functions(client):
    create_provider(client)
    create_function(client, "streamer", Code={"ZipFile": package(STREAMER)}, Timeout=300)
    create_function(client, "hasty", Code={"ZipFile": package(STREAMER)}, Timeout=1)
    create_function(client, "whole")
    for name in ("streamer", "hasty", "whole"):
        publish_latest(client, name)


def stream(client, name="streamer", **wish):
    return client.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(wish).encode())


def collected(answer):
    """(all bytes, the InvokeComplete, which must be the last event and the only one of its kind)."""
    events = list(answer["EventStream"])
    assert list(events[-1]) == ["InvokeComplete"]
    assert all(list(event) == ["PayloadChunk"] for event in events[:-1])
    return b"".join(event["PayloadChunk"]["Payload"] for event in events[:-1]), events[-1]["InvokeComplete"]


def test_call_31_the_first_chunk_arrives_while_the_function_holds_the_rest(client, tmp_path):
    go_on = tmp_path / "go-on"
    answer = stream(client, chunks=["one ", "two"], until=str(go_on))
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST.PUBLISHED"
    assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
    events = iter(answer["EventStream"])
    assert next(events) == {"PayloadChunk": {"Payload": b"one "}}
    # Only now may the function go on: had the emulator kept the chunk back, this line would never be reached.
    go_on.touch()
    assert next(events) == {"PayloadChunk": {"Payload": b"two"}}
    assert next(events) == {"InvokeComplete": {}}
    assert next(events, None) is None


def test_a_function_that_does_not_stream_gives_chunks_all_the_same(client):
    payload, complete = collected(
        client.invoke_with_response_stream(FunctionName="whole", Payload=b'{"name":"Ada"}'))
    assert b"Ada" in payload
    assert complete == {}


def test_invoke_of_a_streaming_function_gives_the_whole_answer(client):
    answer = client.invoke(FunctionName="streamer", Payload=json.dumps({"chunks": ["one ", "two"]}).encode())
    assert answer["Payload"].read() == b"one two"
    assert "FunctionError" not in answer


def test_invoke_of_a_streaming_function_has_the_limit_of_invoke(client):
    answer = client.invoke(FunctionName="streamer", Payload=json.dumps({"bytes": 7_000_000}).encode())
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_stream_may_be_larger_than_that_and_is_not_held_in_memory(emulator, client):
    size = 150_000_000

    def memory():  # the most the emulator ever had, in bytes
        status = pathlib.Path(f"/proc/{emulator.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    before = memory()
    payload, complete = collected(stream(client, bytes=size))
    assert len(payload) == size
    assert complete == {}
    assert memory() - before < 40_000_000


def test_a_failure_before_the_first_byte(client):
    payload, complete = collected(stream(client, throw=True))
    assert payload == b""
    assert complete["ErrorCode"] == "Unhandled"
    details = json.loads(complete["ErrorDetails"])
    assert details["errorMessage"] == "before the first byte"


def test_a_failure_in_mid_stream(client):
    payload, complete = collected(stream(client, chunks=["begun"], then="throw"))
    assert payload == b"begun"
    assert complete["ErrorCode"] == "Unhandled"
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "after the first byte"


def test_a_time_out_in_mid_stream(client, tmp_path):
    release = tmp_path / "release"
    answer = stream(client, "hasty", chunks=["begun", "late"], until=str(release))
    payload, complete = collected(answer)
    release.touch()
    assert payload in (b"begun", b"")  # the second when a busy machine needed the whole second to begin
    assert complete["ErrorCode"] == "Unhandled"
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert json.loads(complete["ErrorDetails"]) == {
        "errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds"}


def test_a_crash_in_mid_stream(client, tmp_path):
    go_on = tmp_path / "go-on"
    events = iter(stream(client, chunks=["one", "two"], until=str(go_on), then="crash")["EventStream"])
    assert next(events) == {"PayloadChunk": {"Payload": b"one"}}
    go_on.touch()
    *others, last = events
    assert last["InvokeComplete"]["ErrorCode"] == "Unhandled"
    # Which of the two is noticed first, the process's end or its connection's, is open.
    assert json.loads(last["InvokeComplete"]["ErrorDetails"])["errorType"] in (
        "Runtime.ExitError", "Runtime.TruncatedResponse")
    assert b"".join(each["PayloadChunk"]["Payload"] for each in others) in (b"two", b"")
    # The environment is replaced; others have gone on all the time.
    assert collected(stream(client, chunks=["fine"])) == (b"fine", {})


def test_a_client_that_goes_away_does_not_stop_the_function(client, tmp_path):
    go_on, mark = tmp_path / "go-on", tmp_path / "mark"
    answer = stream(client, chunks=["one", "two"], until=str(go_on), bytes=20_000_000, mark=str(mark))
    assert next(iter(answer["EventStream"])) == {"PayloadChunk": {"Payload": b"one"}}
    answer["EventStream"].close()
    go_on.touch()
    wait_until(mark.exists, "the function to finish on its own")


def test_what_invoke_refuses_is_refused(client):
    assert refusal(client.invoke_with_response_stream, FunctionName="none")[:2] == (404, "ResourceNotFoundException")
    assert refusal(client.invoke_with_response_stream, FunctionName="streamer", LogType="Tail") == (
        400, "InvalidParameterValueException",
        "Tail logs are not supported for functions configured with capacity provider")


def test_a_standard_function_ends_with_the_tail_of_its_log(client):
    client.create_function(FunctionName="standard", Runtime="provided.al2023", Handler="h", Role=ROLE, Timeout=60,
                           Code={"ZipFile": package(STREAMER)})
    client.get_waiter("function_active_v2").wait(FunctionName="standard", WaiterConfig={"Delay": 1})
    payload, complete = collected(client.invoke_with_response_stream(
        FunctionName="standard", Payload=json.dumps({"chunks": ["one ", "two"]}).encode(), LogType="Tail"))
    assert payload == b"one two"
    lines = base64.b64decode(complete["LogResult"]).decode().splitlines()
    assert lines[0].startswith("START RequestId: ")
    assert lines[-1].startswith("REPORT RequestId: ")
    assert collected(stream(client, "standard", chunks=["quiet"])) == (b"quiet", {})


def test_a_dry_run_runs_nothing(client):
    answer = client.invoke_with_response_stream(FunctionName="streamer", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
