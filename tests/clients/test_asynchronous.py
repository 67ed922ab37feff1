"""InvocationType Event, its configuration, destinations and dead letters, through boto3."""

import http.server
import json
import pathlib
import queue
import threading

import pytest

from conftest import (ACCOUNT, PATIENCE, Emulator, create_function, create_provider, managed, package, publish_latest,
                      refusal, wait_until)

RECORDER = pathlib.Path(__file__).with_name("recorder.py")
FILE_SINK = "arn:aws:sqs:us-east-1:000000000000:records"
HTTP_SINK = "arn:aws:sns:us-east-1:000000000000:topic"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(scope="module")
def posted():
    """What is posted to the HTTP sink, whose address is in .url."""
    bodies = queue.Queue()

    class Sink(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    bodies.url = f"http://127.0.0.1:{server.server_address[1]}/topic"
    yield bodies
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("asynchronous")


@pytest.fixture(scope="module")
def emulator(directory, posted):
    running = Emulator(directory / "lmi.db", "--sink", f"{FILE_SINK}=file:{directory / 'records'}",
                       "--sink", f"{HTTP_SINK}={posted.url}")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module", autouse=True)
def functions(client, directory):
    create_provider(client)
    for name in ("f", "next"):
        create_function(client, name, Code={"ZipFile": package(RECORDER)},
                        Environment={"Variables": {"SEEN": str(directory / f"seen-{name}")}},
                        DeadLetterConfig={"TargetArn": HTTP_SINK} if name == "f" else {},
                        CapacityProviderConfig=managed(PerExecutionEnvironmentMaxConcurrency=1))
        publish_latest(client, name)


def invoke(client, event, name="f"):
    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""
    assert "ExecutedVersion" not in answer
    return answer["ResponseMetadata"]["RequestId"]


def seen(directory, request_id, name="f"):
    return [line for line in lines(directory / f"seen-{name}") if line["id"] == request_id]


def records(directory, request_id):
    return [line for line in lines(directory / "records") if line["requestContext"]["requestId"] == request_id]


def test_an_event_is_accepted_and_runs_under_its_request_id(client, directory):
    request_id = invoke(client, {"n": 1})
    found = wait_until(lambda: seen(directory, request_id), "the event to run")
    assert found == [{"id": request_id, "event": {"n": 1}}]


def test_invoke_async_is_the_same(client, directory):
    answer = client.invoke_async(FunctionName="f", InvokeArgs=b'{"old":true}')
    assert answer["Status"] == 202
    wait_until(lambda: seen(directory, answer["ResponseMetadata"]["RequestId"]), "the event to run")


def test_a_success_is_recorded_in_the_form_of_aws(client, directory):
    client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": FILE_SINK}})
    request_id = invoke(client, {"n": 2})
    record, = wait_until(lambda: records(directory, request_id), "the record")
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "version": "1.0",
        "requestContext": {"requestId": request_id, "functionArn": ACCOUNT + "function:f:$LATEST.PUBLISHED",
                           "condition": "Success", "approximateInvokeCount": 1},
        "requestPayload": {"n": 2},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST.PUBLISHED"},
        "responsePayload": {"batchItemFailures": []},
    }


def test_a_failure_is_retried_twice_then_recorded_and_a_dead_letter(client, directory, posted):
    client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnFailure": {"Destination": FILE_SINK}})
    request_id = invoke(client, {"fail": "on purpose"})
    record, = wait_until(lambda: records(directory, request_id), "the record")
    assert len(seen(directory, request_id)) == 3
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"] == {"errorType": "Refused", "errorMessage": "on purpose"}
    letter = posted.get(timeout=PATIENCE)
    assert json.loads(letter["MessageBody"]) == {"fail": "on purpose"}
    assert letter["MessageAttributes"] == {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "on purpose"},
    }


def test_a_destination_may_be_another_function(client, directory):
    client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": ACCOUNT + "function:next"}})
    request_id = invoke(client, {"n": 3})
    received, = wait_until(
        lambda: [line["event"] for line in lines(directory / "seen-next")
                 if line["event"]["requestContext"]["requestId"] == request_id], "the other function")
    assert received["requestContext"]["condition"] == "Success"
    assert received["requestPayload"] == {"n": 3}


def test_no_retries_when_told_so(client, directory, posted):
    client.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": FILE_SINK}})
    request_id = invoke(client, {"fail": "once"})
    record, = wait_until(lambda: records(directory, request_id), "the record")
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert len(seen(directory, request_id)) == 1
    assert posted.get(timeout=PATIENCE)["MessageAttributes"]["RequestID"]["StringValue"] == request_id


def test_the_configuration_is_put_updated_listed_and_deleted(client):
    put = client.put_function_event_invoke_config(FunctionName="next", MaximumRetryAttempts=1)
    assert put["FunctionArn"] == ACCOUNT + "function:next:$LATEST"
    assert put["LastModified"].year >= 2025
    assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    client.update_function_event_invoke_config(FunctionName="next", MaximumEventAgeInSeconds=60)
    shown = client.get_function_event_invoke_config(FunctionName="next")
    assert (shown["MaximumRetryAttempts"], shown["MaximumEventAgeInSeconds"]) == (1, 60)
    pages = client.get_paginator("list_function_event_invoke_configs").paginate(FunctionName="next")
    assert [config["FunctionArn"] for page in pages for config in page["FunctionEventInvokeConfigs"]] == [
        ACCOUNT + "function:next:$LATEST"]
    client.delete_function_event_invoke_config(FunctionName="next")
    assert refusal(client.get_function_event_invoke_config, FunctionName="next") == (
        404, "ResourceNotFoundException",
        f"The function {ACCOUNT}function:next:$LATEST doesn't have an EventInvokeConfig")


def test_a_payload_over_one_mebibyte_is_refused(client):
    assert refusal(client.invoke, FunctionName="f", InvocationType="Event", Payload=b'"' + b"x" * 1048575 + b'"') == (
        413, "RequestTooLargeException",
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)")
