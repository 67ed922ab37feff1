"""Metrics and spans of the example function `observed`, many invocations at once."""

import collections
import concurrent.futures
import json
import threading
import unittest

from collector import Collector
from emulator import BIN, Client, Emulator, wait_until

TOTAL, AT_ONCE = 640, 64


class Observability(unittest.TestCase):
    def setUp(self):
        self.collector = Collector(self)
        self.emulator = Emulator(self)
        self.emulator.deploy(
            "observed",
            BIN / "observed",
            concurrency=32,
            variables={
                "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.endpoint,
                "OTEL_BSP_SCHEDULE_DELAY": "50",
                "OTEL_SERVICE_NAME": "quotes",
            },
        )

    def _call_all(self):
        """Invocation n comes with trace n, span n and n items, 64 at a time; number → answer."""
        numbers, lock = iter(range(1, TOTAL + 1)), threading.Lock()

        def caller():
            client, answers = Client(self.emulator.port), {}
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    client.close()
                    return answers
                header = f"Root=1-{number:08x}-{number:024x};Parent={number:016x};Sampled=1"
                event = {"items": number, "caller": str(number)} if number % 10 else {"items": 0}
                answers[number] = client.request(
                    "POST",
                    "/2015-03-31/functions/observed/invocations",
                    event,
                    {"X-Amzn-Trace-Id": header},
                )

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            done = [pool.submit(caller) for _ in range(AT_ONCE)]
            return {number: answer for each in done for number, answer in each.result().items()}

    def _emf_lines(self):
        lines, after = [], 0
        while batch := self.emulator.logs("observed", after)["events"]:
            after = batch[-1]["seq"]
            lines += [json.loads(each["line"]) for each in batch if '"_aws"' in each["line"]]
        return lines if len(lines) >= TOTAL else None

    def test_every_invocation_has_its_own_metrics_and_spans(self):
        answers = self._call_all()
        lines = wait_until(self._emf_lines, "the metrics of every invocation")
        wait_until(lambda: len(self.collector.spans()) >= 2 * TOTAL - TOTAL // 10, "the spans of every invocation")
        self._check_answers(answers)
        by_request = self._check_metrics(lines)
        self._check_spans(by_request)

    def _check_answers(self, answers):
        self.assertEqual(len(answers), TOTAL)
        for number, answer in answers.items():
            self.assertEqual(answer.status, 200)
            if number % 10:
                self.assertEqual(answer.json["trace"], f"{number:08x}{number:024x}")
                self.assertAlmostEqual(answer.json["total"], 9.99 * number)
            else:
                self.assertEqual(answer.json["errorType"], "BadRequest")

    def _check_metrics(self, lines):
        """One EMF line an invocation, with its own values; request id → number (failed ones: None)."""
        self.assertEqual(len(lines), TOTAL)
        by_request, cold_starts = {}, 0
        for line in lines:
            directive = line["_aws"]["CloudWatchMetrics"][0]
            self.assertEqual(directive["Namespace"], "Shop")
            self.assertEqual(directive["Dimensions"], [["service"]])
            for metric in directive["Metrics"]:
                self.assertIsInstance(line[metric["Name"]], (int, float))
            number = int(line["caller"]) if "caller" in line else None
            if number:
                self.assertEqual(line["Items"], number)
                self.assertAlmostEqual(line["Total"], 9.99 * number)
            self.assertNotIn(line["requestId"], by_request)
            by_request[line["requestId"]] = number
            cold_starts += line.get("ColdStart", 0)
        self.assertEqual(collections.Counter(by_request.values())[None], TOTAL // 10)
        self.assertLessEqual(cold_starts, len(self.emulator.environments("observed")))
        self.assertGreaterEqual(cold_starts, 1)
        return by_request

    def _check_spans(self, by_request):
        attributes = lambda each: {one["key"]: next(iter(one["value"].values())) for one in each["attributes"]}
        spans = self.collector.spans()
        servers = {span["spanId"]: span for span in spans if span["kind"] == 2}
        self.assertEqual(len(servers), TOTAL)
        for server in servers.values():
            request = attributes(server)["faas.invocation_id"]
            number = int(server["parentSpanId"], 16)
            self.assertEqual(server["traceId"], f"{number:08x}{number:024x}")
            self.assertEqual(by_request[request], number if number % 10 else None)
            self.assertEqual(server["status"].get("code", 0), 0 if number % 10 else 2)
        children = [span for span in spans if span["kind"] == 3]
        self.assertEqual(len(children), TOTAL - TOTAL // 10)
        for child in children:
            self.assertEqual(child["traceId"], servers[child["parentSpanId"]]["traceId"])
        self.assertEqual(len({span["spanId"] for span in spans}), len(spans))
        for resource in self.collector.resources():
            about = attributes(resource["resource"])
            self.assertEqual((about["service.name"], about["faas.name"]), ("quotes", "observed"))


if __name__ == "__main__":
    unittest.main()
