"""Events of other services through the emulator: AWS's published samples, to the functions of examples/orders and to one
that takes every type."""

import base64
import json
import pathlib
import unittest

from emulator import BIN, Emulator

SAMPLES = pathlib.Path(__file__).parent.parent / "data" / "events"


def sample(name, collection="aws-lambda-go"):
    return json.loads((SAMPLES / collection / name).read_text())


# By type: AWS's sample, and what typed_events_function answers to it (the first record, where there are several).
TYPED = {
    "sqs": (sample("sqs-event.json"), "Message Body"),
    "sns": (sample("sns-event.json"), ["TestInvoke", "Hello from SNS!"]),
    "s3": (sample("s3-event.json"), ["ObjectCreated:Put", "sourcebucket", "Happy Face.jpg"]),
    "dynamodb": (
        sample("dynamodb-event.json"),
        ["INSERT", {"val": "data", "asdf1": "AAEqQQ==", "asdf2": ["AAEqQQ==", "QSoBAA=="], "key": "binary"}],
    ),
    "kinesis": (sample("kinesis-event.json"), ["s1", "Hello World"]),
    "eventbridge": (
        sample("example-eventbridge-event-obj.json", "aws_lambda_events"),
        ["aws.ec2", "EC2 Instance State-change Notification", {"instance-id": "i-abcd1111", "state": "pending"}],
    ),
    "scheduled": (
        sample("example-eventbridge-schedule.json", "aws_lambda_events"),
        ["aws.events", "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa"],
    ),
}


def through_http_api(method, path, body=None):
    event = sample("apigw-v2-request-no-authorizer.json")
    event["requestContext"]["http"].update(method=method, path=path)
    event.update(rawPath=path, body=body)
    return event


def through_load_balancer(method, path, body="", multi_value=False):
    mode = "multivalue-headers" if multi_value else "headers-only"
    event = sample(f"alb-lambda-target-request-{mode}.json")
    event.update(httpMethod=method, path=path, body=body)
    return event


class Events(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)

    def ask(self, event):
        answer = self.emulator.client.invoke("function", event)
        self.assertEqual(answer.status, 200)
        self.assertIsNone(answer.function_error, answer.body)
        return answer.json

    def test_an_http_api_and_a_load_balancer_each_get_answers_in_their_own_form(self):
        self.emulator.deploy("function", BIN / "orders", concurrency=4)

        shown = self.ask(through_http_api("GET", "/orders/1"))
        self.assertEqual(shown["statusCode"], 200)
        self.assertEqual(shown["headers"]["content-type"], "application/json")
        self.assertEqual(json.loads(shown["body"]), {"id": 1, "item": "tea", "quantity": 1})
        self.assertNotIn("statusDescription", shown)

        balanced = self.ask(through_load_balancer("GET", "/orders/1"))
        self.assertEqual(balanced["statusDescription"], "200 OK")
        self.assertEqual(balanced["headers"]["content-type"], "application/json")
        self.assertEqual(balanced["body"], shown["body"])

        created = self.ask(through_http_api("POST", "/orders", '{"item":"milk"}'))
        self.assertEqual(created["statusCode"], 201)
        self.assertEqual(len(created["cookies"]), 1)
        self.assertEqual(json.loads(created["body"])["item"], "milk")
        balanced = self.ask(through_load_balancer("POST", "/orders", '{"item":"milk"}', multi_value=True))
        self.assertEqual(balanced["statusDescription"], "201 Created")
        self.assertEqual(len(balanced["multiValueHeaders"]["set-cookie"]), 1)

        label = self.ask(through_http_api("GET", "/orders/3/label.bmp"))
        self.assertTrue(label["isBase64Encoded"])
        self.assertEqual(base64.b64decode(label["body"], validate=True)[:2], b"BM")

        self.assertEqual(self.ask(through_load_balancer("GET", "/nowhere"))["statusDescription"], "404 Not Found")
        refused = self.ask(through_http_api("PATCH", "/orders"))
        self.assertEqual((refused["statusCode"], refused["headers"]["allow"]), (405, "GET, HEAD, POST"))

    def check_typed(self, kinds, **more):
        for kind in kinds:
            event, expected = TYPED[kind]
            self.emulator.deploy(kind, BIN / "typed_events_function", variables={"EVENT": kind, **more})
            answer = self.emulator.client.invoke(kind, event)
            self.assertIsNone(answer.function_error, answer.text)
            self.assertEqual(answer.json[0] if "Records" in event else answer.json, expected, kind)
            self.assertEqual(len(answer.json), len(event.get("Records", answer.json)))

    def test_awss_samples_of_records_arrive_as_their_types(self):
        self.check_typed(("sqs", "sns", "s3", "dynamodb", "kinesis"))

    def test_awss_samples_of_eventbridge_arrive_as_their_types(self):
        self.check_typed(("eventbridge", "scheduled"))

    def test_coroutines_take_the_same_types(self):
        self.check_typed(("sns", "kinesis"), COROUTINE="1")

    def test_an_event_of_another_kind_fails_its_own_invocation_and_says_why(self):
        self.emulator.deploy("function", BIN / "orders")
        failed = self.emulator.client.invoke("function", {"Records": []})
        self.assertEqual(failed.function_error, "Unhandled")
        self.assertEqual(failed.json["errorType"], "InvalidEvent")
        self.assertIn("not an HTTP event", failed.json["errorMessage"])
        self.assertEqual(self.ask(through_http_api("GET", "/orders"))["statusCode"], 200)

    def test_the_messages_of_a_queue_that_cannot_be_used_come_again_alone(self):
        self.emulator.deploy("function", BIN / "orders_worker")
        event = sample("sqs-event.json")
        message = event["Records"][0]
        bodies = {"m1": '{"item":"tea"}', "m2": "tea please", "m3": '{"item":"milk","quantity":2}'}
        event["Records"] = [{**message, "messageId": name, "body": body} for name, body in bodies.items()]

        self.assertEqual(self.ask(event), {"batchItemFailures": [{"itemIdentifier": "m2"}]})


if __name__ == "__main__":
    unittest.main()
