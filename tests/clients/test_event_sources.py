"""Event source mappings on a queue of moto's server, which stands in for SQS."""

import json
import pathlib

import boto3
import pytest

from conftest import (ACCOUNT, Emulator, create_function, create_provider, managed, package, publish_latest, refusal,
                      wait_until)

RECORDER = pathlib.Path(__file__).with_name("recorder.py")


@pytest.fixture(scope="module")
def sqs(stand_in):
    return boto3.client("sqs", endpoint_url=stand_in, region_name="us-east-1", aws_access_key_id="test",
                        aws_secret_access_key="test")


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("sources")


@pytest.fixture(scope="module")
def emulator(directory, stand_in):
    running = Emulator(directory / "lmi.db", "--sqs-endpoint", stand_in)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module", autouse=True)
def function(client, directory):
    create_provider(client)
    create_function(client, "f", Code={"ZipFile": package(RECORDER)},
                    Environment={"Variables": {"SEEN": str(directory / "seen")}},
                    CapacityProviderConfig=managed(PerExecutionEnvironmentMaxConcurrency=1))
    publish_latest(client, "f")


class Queue:
    def __init__(self, sqs, name, **attributes):
        self.url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "60", **attributes})["QueueUrl"]
        self._sqs = sqs
        self.arn = self._attributes("QueueArn")["QueueArn"]

    def _attributes(self, *names):
        return self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]

    def send(self, body, **attributes):
        self._sqs.send_message(QueueUrl=self.url, MessageBody=body, MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()})

    def is_empty(self):
        """In one request: between two, a message that comes again would be in neither count."""
        counts = self._attributes("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return set(counts.values()) == {"0"}


def wait_for_state(client, uuid, state):
    wait_until(lambda: client.get_event_source_mapping(UUID=uuid)["State"] == state, f"state {state}")


def enabled_mapping(client, queue, **arguments):
    created = client.create_event_source_mapping(FunctionName="f", EventSourceArn=queue.arn, **arguments)
    assert created["State"] == "Creating"
    wait_for_state(client, created["UUID"], "Enabled")
    return created["UUID"]


def delete_mapping(client, uuid):
    assert client.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    wait_until(lambda: uuid not in [
        mapping["UUID"] for mapping in client.list_event_source_mappings(FunctionName="f")["EventSourceMappings"]],
        "its end")


def bodies_seen(directory, queue):
    path = directory / "seen"
    events = [json.loads(line)["event"] for line in path.read_text().splitlines()] if path.exists() else []
    return [record["body"] for event in events for record in event.get("Records", [])
            if record["eventSourceARN"] == queue.arn]


def test_messages_reach_the_function_and_are_deleted(client, sqs, directory):
    queue = Queue(sqs, "plain")
    uuid = enabled_mapping(client, queue)
    for number in range(25):
        queue.send(f"message {number}", kind="test")
    wait_until(lambda: set(bodies_seen(directory, queue)) == {f"message {n}" for n in range(25)}, "all messages")
    wait_until(queue.is_empty, "the queue to be empty")
    record = next(record for line in (directory / "seen").read_text().splitlines()
                  for record in json.loads(line)["event"].get("Records", []))
    assert record["eventSource"] == "aws:sqs"
    assert record["awsRegion"] == "us-east-1"
    assert record["messageAttributes"]["kind"] == {
        "stringValue": "test", "dataType": "String", "stringListValues": [], "binaryListValues": []}
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    delete_mapping(client, uuid)


def test_reported_failures_come_again(client, sqs, directory):
    queue = Queue(sqs, "partly", VisibilityTimeout="5")
    uuid = enabled_mapping(client, queue, FunctionResponseTypes=["ReportBatchItemFailures"])
    for body in ("good", "bad"):
        queue.send(body)
    wait_until(lambda: bodies_seen(directory, queue).count("bad") == 2, "the reported message to come again")
    wait_until(queue.is_empty, "the queue to be empty")
    assert bodies_seen(directory, queue).count("good") == 1
    delete_mapping(client, uuid)


def test_a_window_makes_larger_batches(client, sqs, directory):
    queue = Queue(sqs, "window")
    for number in range(15):
        queue.send(str(number))
    uuid = enabled_mapping(client, queue, BatchSize=15, MaximumBatchingWindowInSeconds=60)
    wait_until(queue.is_empty, "the queue to be empty")
    events = [json.loads(line)["event"] for line in (directory / "seen").read_text().splitlines()]
    batches = [len(event["Records"]) for event in events
               if event.get("Records") and event["Records"][0]["eventSourceARN"] == queue.arn]
    assert batches == [15]
    delete_mapping(client, uuid)


def test_a_filter_keeps_messages_from_the_function(client, sqs, directory):
    queue = Queue(sqs, "filtered")
    uuid = enabled_mapping(client, queue, FilterCriteria={"Filters": [{"Pattern": '{"body":{"kind":["wanted"]}}'}]})
    queue.send('{"kind":"other"}')
    queue.send('{"kind":"wanted"}')
    wait_until(queue.is_empty, "the queue to be empty")
    assert bodies_seen(directory, queue) == ['{"kind":"wanted"}']
    delete_mapping(client, uuid)


def test_disabled_it_leaves_messages_alone_and_enabled_it_goes_on(client, sqs, directory):
    queue = Queue(sqs, "paused", VisibilityTimeout="5")  # a poll given up may have taken the message
    uuid = enabled_mapping(client, queue)
    assert client.update_event_source_mapping(UUID=uuid, Enabled=False)["State"] == "Disabling"
    wait_for_state(client, uuid, "Disabled")
    queue.send("later")
    assert bodies_seen(directory, queue) == []
    assert client.update_event_source_mapping(UUID=uuid, Enabled=True)["State"] == "Enabling"
    wait_until(lambda: "later" in bodies_seen(directory, queue), "the message")
    wait_for_state(client, uuid, "Enabled")
    delete_mapping(client, uuid)


def test_a_queue_can_be_a_destination(client, sqs):
    queue = Queue(sqs, "records")
    client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": queue.arn}})
    answer = client.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"n":1}')
    received = wait_until(lambda: sqs.receive_message(QueueUrl=queue.url).get("Messages"), "the record")
    record = json.loads(received[0]["Body"])
    assert record["requestContext"]["requestId"] == answer["ResponseMetadata"]["RequestId"]
    assert record["requestPayload"] == {"n": 1}


def test_mappings_are_shown_listed_and_refused_as_on_aws(client, sqs):
    queue = Queue(sqs, "shown")
    uuid = enabled_mapping(client, queue, BatchSize=5)
    shown = client.get_event_source_mapping(UUID=uuid)
    assert shown["FunctionArn"] == ACCOUNT + "function:f"
    assert shown["EventSourceMappingArn"] == ACCOUNT + "event-source-mapping:" + uuid
    assert shown["BatchSize"] == 5
    assert shown["StateTransitionReason"] == "USER_INITIATED"
    assert shown["LastModified"].year >= 2025
    pages = client.get_paginator("list_event_source_mappings").paginate(EventSourceArn=queue.arn)
    assert [mapping["UUID"] for page in pages for mapping in page["EventSourceMappings"]] == [uuid]
    assert refusal(client.create_event_source_mapping, FunctionName="f", EventSourceArn=queue.arn)[:2] == (
        409, "ResourceConflictException")
    assert refusal(client.create_event_source_mapping, FunctionName="missing", EventSourceArn=queue.arn) == (
        400, "InvalidParameterValueException", "Function does not exist")
    delete_mapping(client, uuid)
    assert refusal(client.get_event_source_mapping, UUID=uuid) == (
        404, "ResourceNotFoundException", "The resource you requested does not exist.")


def test_tags_of_a_mapping(client, sqs):
    queue = Queue(sqs, "tagged")
    mapping = client.create_event_source_mapping(FunctionName="f", EventSourceArn=queue.arn, Enabled=False,
                                                 Tags={"from": "creation"})
    arn = mapping["EventSourceMappingArn"]
    client.tag_resource(Resource=arn, Tags={"team": "blue"})
    assert client.list_tags(Resource=arn)["Tags"] == {"from": "creation", "team": "blue"}
    client.untag_resource(Resource=arn, TagKeys=["from"])
    assert client.list_tags(Resource=arn)["Tags"] == {"team": "blue"}
