"""The examples in docs/ that are whole functions do what their page says: real emulator, real processes.

Numbered as they come in their page; tests/docs makes a program of each, and what they leave to the reader.
"""

import json
import unittest

from emulator import BIN, Emulator, wait_until


class Documentation(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)

    def deploy(self, example, **options):
        self.emulator.deploy("example", BIN / f"doc_{example}", **options)

    def call(self, event):
        answer = self.emulator.client.invoke("example", event)
        self.assertEqual(answer.status, 200, answer.text)
        return answer

    def answer(self, event):
        answer = self.call(event)
        self.assertIsNone(answer.function_error, answer.text)
        return answer.json

    def wait_for_line(self, text):
        def lines():
            events = self.emulator.logs("example")["events"]
            return [each["line"] for each in events if each["source"] == "function" and text in each["line"]]

        return wait_until(lines, f"a log line {text}")[0]

    def test_every_example_that_is_a_function_is_here(self):
        examples = {path.name for path in BIN.glob("doc_*_[0-9]*")}
        methods = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        for example in examples:
            self.assertTrue([name for name in methods if name.startswith(example.removeprefix("doc_") + "_")], example)
        self.assertGreaterEqual(len(examples), 14)

    # docs/runtime.md

    def test_runtime_1_a_typed_function(self):
        self.deploy("runtime_1")
        self.assertEqual(self.answer({"name": "Ada"}), {"message": "Hello, Ada!"})
        self.assertIn("requestId", json.loads(self.wait_for_line("greeting name=Ada")))

    def test_runtime_2_a_coroutine(self):
        self.deploy("runtime_2")
        self.assertEqual(self.answer({"slow": True}), {"slow": True})

    def check_report(self):
        prelude, _, rows = self.call({}).body.partition(b"\0" * 8)
        prelude = json.loads(prelude)
        self.assertEqual((prelude["statusCode"], prelude["headers"]), (200, {"Content-Type": "text/csv"}))
        lines = rows.decode().splitlines()
        self.assertEqual((len(lines), lines[0], lines[-1]), (10_000, "0,…", "9999,…"))

    def test_runtime_3_a_blocking_stream(self):
        self.deploy("runtime_3")
        self.check_report()

    def test_runtime_4_a_coroutine_stream(self):
        self.deploy("runtime_4")
        self.check_report()

    def test_runtime_5_failing(self):
        self.deploy("runtime_5")
        self.assertEqual(self.answer({"id": 7}), {"id": 7, "item": "tea"})
        missed = self.call({"id": 8})
        self.assertEqual(missed.function_error, "Unhandled")
        self.assertEqual((missed.json["errorType"], missed.json["errorMessage"]), ("OrderNotFound", "no such order"))

    def test_runtime_6_time(self):
        self.deploy("runtime_6", timeout=1)
        counted = self.call({})
        if counted.function_error:  # as on any machine that does not count to 1'000'000'000 in a second
            self.assertIn("timed out", counted.text)
            self.wait_for_line("invoke.overrun")
        else:
            self.assertEqual(counted.json, 1_000_000_000)
        # The stop token ends it long before it could have counted to the end, and the slot is free again.
        wait_until(lambda: self.emulator.in_flight("example") == 0, "the handler to end")

    def test_runtime_7_a_policy_for_overruns(self):
        self.deploy("runtime_7")
        self.assertEqual(self.answer({"id": 7}), {"queried": {"id": 7}})

    def test_runtime_8_worker_processes(self):
        self.deploy("runtime_8", concurrency=4)
        self.assertEqual(self.answer({"id": 7}), {"called with": {"id": 7}})
        self.wait_for_line("runtime.workers processes=4 slots=4")
        self.wait_for_line("connected")

    def test_runtime_9_start_and_end(self):
        self.deploy("runtime_9")
        self.assertEqual(self.answer({"id": 7}), {"handled": {"id": 7}})
        for text in ("configuration read", "database warm"):
            self.wait_for_line(text)

    # Other pages

    def test_http_1_a_request(self):
        self.deploy("http_1")
        request = {
            "version": "2.0",
            "rawPath": "/",
            "rawQueryString": "name=Ada",
            "headers": {},
            "requestContext": {"http": {"method": "GET", "path": "/", "sourceIp": "127.0.0.1"}},
            "isBase64Encoded": False,
        }
        answer = self.answer(request)
        self.assertEqual((answer["statusCode"], answer["body"]), (200, "hello Ada"))

    def test_events_1_a_batch(self):
        self.deploy("events_1")
        bodies = ['{"id":7}', "no JSON", '{"id":8}']
        records = [
            {"messageId": f"m{i}", "receiptHandle": "r", "body": body, "attributes": {}, "messageAttributes": {},
             "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:q",
             "awsRegion": "us-east-1"}
            for i, body in enumerate(bodies)
        ]  # fmt: skip
        self.assertEqual(self.answer({"Records": records}), {"batchItemFailures": [{"itemIdentifier": "m1"}]})
        self.wait_for_line("order.added id=8 message=m2")

    def test_middleware_1_authorisation(self):
        self.deploy("middleware_1")
        self.assertEqual(self.answer({"signature": "s"}), {"handled": {"signature": "s"}})
        self.assertEqual(self.call({"id": 7}).function_error, "Unhandled")
        self.wait_for_line('"Namespace":"Shop"')

    def test_observability_1_metrics(self):
        self.deploy("observability_1")
        self.assertIsNone(self.call({"id": "A7", "items": 3}).function_error)
        line = json.loads(self.wait_for_line('"Namespace":"Shop"'))
        self.assertEqual((line["Items"], line["Latency"], line["service"], line["orderId"]), (3, 1.7, "orders", "A7"))

    def test_observability_2_spans(self):
        self.deploy("observability_2")
        self.call({"id": "A7"})
        self.assertIsNone(self.call({"id": "A8"}).function_error)


if __name__ == "__main__":
    unittest.main()
