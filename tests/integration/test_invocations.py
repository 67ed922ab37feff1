"""What happens to calls: real emulator, real function processes, loopback."""

import collections
import concurrent.futures
import threading
import unittest

from emulator import BIN, Call, Client, Emulator, alive, wait_until

PROBE = BIN / "probe_function"


class Invocations(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)
        self.gate = self.emulator.directory / "gate"

    def hold(self):
        """A call that ends when the gate opens."""
        return Call(self.emulator.port, "probe", {"do": "hold", "until": str(self.gate)})

    def open_gate(self):
        self.gate.touch()

    def wait_in_flight(self, count):
        wait_until(lambda: self.emulator.in_flight("probe") == count, f"{count} calls in flight")

    def test_a_call_with_no_free_slot_anywhere_gets_429_at_once(self):
        self.emulator.deploy("probe", PROBE)
        held = [self.hold() for _ in range(3)]
        self.wait_in_flight(3)

        refused = self.emulator.client.invoke("probe", {})

        self.assertEqual(refused.status, 429)
        self.assertEqual(refused.error_code, "TooManyRequestsException")
        self.assertTrue(all(call.is_alive() for call in held))  # it did not wait for them
        self.open_gate()
        self.assertEqual([call.result().status for call in held], [200, 200, 200])

    def test_calls_spread_over_the_environments(self):
        self.emulator.deploy("probe", PROBE, concurrency=2)
        held = [self.hold() for _ in range(6)]
        self.wait_in_flight(6)
        self.assertEqual([each["inFlight"] for each in self.emulator.environments("probe")], [2, 2, 2])
        self.open_gate()
        given_by = collections.Counter(call.result().json["environment"] for call in held)
        self.assertEqual(sorted(given_by.values()), [2, 2, 2])

    def test_a_crashed_environment_answers_each_of_its_callers_and_is_replaced(self):
        self.emulator.deploy("probe", PROBE, concurrency=3)
        before = {each["id"]: each for each in self.emulator.ready("probe")}
        held = [self.hold() for _ in range(6)]
        self.wait_in_flight(6)

        crash = self.emulator.client.invoke("probe", {"do": "crash"})

        self.assertEqual(crash.status, 200)
        self.assertEqual(crash.function_error, "Unhandled")
        self.assertEqual(crash.json["errorType"], "Runtime.ExitError")
        after = wait_until(self._three_ready_with_a_new_one(before), "the crashed environment to be replaced")
        gone = [each for name, each in before.items() if name not in after]
        self.assertEqual(len(gone), 1)
        wait_until(lambda: not alive(gone[0]["pid"]), "the crashed process to be gone")

        self.open_gate()
        results = [call.result() for call in held]
        self.assertEqual([each.status for each in results], [200] * 6)
        failed = [each for each in results if each.function_error]
        self.assertEqual([each.json["errorType"] for each in failed], ["Runtime.ExitError"] * 2)
        self.assertEqual(self.emulator.client.invoke("probe", {"n": 1}).json["n"], 1)

    def _three_ready_with_a_new_one(self, before):
        def condition():
            ready = {each["id"] for each in self.emulator.ready("probe")}
            return ready if len(ready) == 3 and ready - before.keys() else None

        return condition

    def test_a_timed_out_call_answers_its_caller_while_the_code_keeps_its_slot(self):
        self.emulator.deploy("probe", PROBE, timeout=1)
        for call in [self.hold() for _ in range(3)]:
            answer = call.result()
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.function_error, "Unhandled")
            self.assertEqual(answer.json["errorType"], "Sandbox.Timedout")
            self.assertIn("Task timed out after 1.00 seconds", answer.json["errorMessage"])

        self.assertEqual(self.emulator.in_flight("probe"), 3)
        self.assertEqual(self.emulator.client.invoke("probe", {}).status, 429)

        self.open_gate()
        self.wait_in_flight(0)
        self.assertEqual(self.emulator.client.invoke("probe", {"n": 2}).json["n"], 2)
        self.assertEqual(len(self.emulator.ready("probe")), 3)  # nothing was killed for it

    def test_ten_thousand_invocations_64_at_a_time_none_lost_or_answered_twice(self):
        self.emulator.deploy("hello", BIN / "hello", concurrency=32)
        total, at_once = 10_000, 64
        numbers = iter(range(total))
        lock = threading.Lock()

        def caller():
            client = Client(self.emulator.port)
            answered = []
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    client.close()
                    return answered
                answer = client.invoke("hello", {"name": f"caller {number}"})
                answered.append((number, answer.status, answer.function_error, answer.json.get("message")))

        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            answers = [each for done in [pool.submit(caller) for _ in range(at_once)] for each in done.result()]

        expected = [(n, 200, None, f"Hello, caller {n}!") for n in range(total)]
        self.assertEqual(sorted(answers), expected)
        ran = self.emulator.environments("hello")
        self.assertEqual(sum(each["invocations"] for each in ran), total)  # no call ran twice
        self.assertEqual(sum(each["inFlight"] for each in ran), 0)

    def test_log_lines_of_a_call_reach_a_waiting_reader(self):
        self.emulator.deploy("probe", PROBE)
        after = 0
        while batch := self.emulator.logs("probe", after)["events"]:
            after = batch[-1]["seq"]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            reader = Client(self.emulator.port)
            waiting = pool.submit(reader.ok, "GET", f"/_lmi/logs?function=probe&after={after}&wait=60")
            self.emulator.client.invoke("probe", {"do": "echo"})
            self.assertTrue(waiting.result()["events"])
            reader.close()
        lines = wait_until(lambda: self._lines("probe.call do=echo", after), "the handler's line")
        self.assertEqual(lines[0]["functionName"], "probe")
        self.assertEqual(lines[0]["source"], "function")
        self.assertIn("requestId", lines[0]["line"])

    def _lines(self, text, after):
        return [each for each in self.emulator.logs("probe", after)["events"] if text in each["line"]]

    def test_what_a_function_leaves_in_tmp_is_counted(self):
        self.emulator.deploy("probe", PROBE)
        self.assertEqual([each["tmpEntries"] for each in self.emulator.environments("probe")], [0, 0, 0])
        self.emulator.client.invoke("probe", {"do": "litter"})
        self.assertEqual(sorted(each["tmpEntries"] for each in self.emulator.environments("probe")), [0, 0, 1])

    def test_a_scratch_directory_is_there_during_its_call_and_gone_afterwards(self):
        self.emulator.deploy("probe", PROBE)
        call = Call(self.emulator.port, "probe", {"do": "hold", "until": str(self.gate), "scratch": True})
        in_tmp = lambda: sum(each["tmpEntries"] for each in self.emulator.environments("probe"))
        wait_until(lambda: in_tmp() == 1, "the scratch directory")
        self.open_gate()
        self.assertEqual(call.result().status, 200)
        wait_until(lambda: in_tmp() == 0, "the scratch directory to be gone")


if __name__ == "__main__":
    unittest.main()
