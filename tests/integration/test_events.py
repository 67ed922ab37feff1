"""HTTP and queue events through the emulator, to the functions of examples/orders."""

import base64
import json
import pathlib
import unittest

from emulator import BIN, Emulator

SAMPLES = pathlib.Path(__file__).parent.parent / "data" / "events" / "aws-lambda-go"


def sample(name):
    return json.loads((SAMPLES / name).read_text())


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
