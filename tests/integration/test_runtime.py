"""What the runtime library promises a handler's author, seen by its callers: real emulator, real processes."""

import json
import os
import pathlib
import signal
import unittest

from emulator import BIN, Call, Emulator, wait_until

PROBE = BIN / "probe_function"
TICKER = BIN / "ticker"


def request_id(answer):
    return answer.headers["x-amzn-requestid"]


def children(pid):
    return [int(each) for each in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def worker_processes(pid):
    """Those below an environment's first process that have no children themselves."""
    return [leaf for child in children(pid) for leaf in (worker_processes(child) or [child])]


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T", "it to stop")


def unread_sockets(pid):
    """How many of a process's TCP sockets hold bytes that it has not read."""
    links = [os.readlink(each) for each in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    mine = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    rows = [line.split() for line in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return sum(row[9] in mine and int(row[4].split(":")[1], 16) > 0 for row in rows)


class Runtime(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)

    def hold(self, gate):
        """A call of the probe that ends when its gate is there."""
        return Call(self.emulator.port, "probe", {"do": "hold", "until": str(self.emulator.directory / gate)})

    def open(self, gate):
        (self.emulator.directory / gate).touch()

    def wait_in_flight(self, count):
        wait_until(lambda: self.emulator.in_flight("probe") == count, f"{count} calls in flight")

    def wait_inside(self, count):
        """Until so many held calls are in their handlers: one in flight may not have reached its process yet."""
        wait_until(lambda: len(self.log_lines("probe.call do=hold")) == count, f"{count} calls in their handlers")

    def log_lines(self, text, request=None):
        """The JSON lines of the probe that have `text` in their message, of one request or of all."""
        found = []
        for each in self.emulator.logs("probe")["events"]:
            if each["source"] != "function" or text not in each["line"]:
                continue
            line = json.loads(each["line"])
            if request in (None, line.get("requestId")):
                found.append(line)
        return found

    def wait_for_line(self, text, request=None):
        return wait_until(lambda: self.log_lines(text, request), f"a log line {text}")[0]

    def test_a_streamed_answer_arrives_whole(self):
        self.emulator.deploy("ticker", TICKER)
        answer = self.emulator.client.invoke("ticker", {"rows": 3, "pause_ms": 1})
        self.assertEqual(answer.status, 200)
        self.assertIsNone(answer.function_error)
        self.assertEqual([line.split(",")[0] for line in answer.text.splitlines()], ["row", "1", "2", "3"])

    def test_an_error_in_the_middle_of_a_stream_reaches_the_caller(self):
        self.emulator.deploy("ticker", TICKER)
        answer = self.emulator.client.invoke("ticker", {"rows": 3, "pause_ms": 1, "fail_at": 2})
        self.assertEqual(answer.json["errorType"], "OutOfRows")
        self.assertEqual(answer.json["errorMessage"], "as asked")
        self.assertEqual(self.emulator.client.invoke("ticker", {"rows": 1, "pause_ms": 1}).status, 200)

    # ---- Init steps ----

    def test_an_init_step_that_is_not_done_in_time_is_named(self):
        provider = self.emulator.create_provider()
        variables = {"PROBE_STUCK_STEP": "database pool"}
        self.emulator.create_function("probe", PROBE, provider, variables=variables)

        published = self.emulator.publish("probe")

        self.assertEqual(published["State"], "Failed")
        self.assertEqual(published["StateReasonCode"], "FunctionError.RuntimeInitError")
        self.assertIn("database pool", published["StateReason"])
        self.assertIn("lmi logs probe", published["StateReason"])
        line = self.wait_for_line("init.failed type=Function.InitTimeout")
        self.assertIn("database pool", line["message"])
        self.assertIn("first", line["message"])

    # ---- Middleware ----

    def test_a_refused_authorisation_is_the_callers_error_and_the_handler_does_not_run(self):
        self.emulator.deploy("probe", PROBE, variables={"PROBE_TOKEN": "open sesame"})

        for event in ({"n": 1}, {"n": 1, "token": "guess"}):
            refused = self.emulator.client.invoke("probe", event)
            self.assertEqual((refused.status, refused.function_error), (200, "Unhandled"))
            self.assertEqual(refused.json["errorType"], "Unauthorized")
            self.assertEqual(refused.json["errorMessage"], "not authorized")
        accepted = self.emulator.client.invoke("probe", {"n": 2, "token": "open sesame"})

        self.assertEqual((accepted.function_error, accepted.json["n"]), (None, 2))
        self.wait_for_line("probe.call", request_id(accepted))
        self.assertEqual(len(self.log_lines("probe.call")), 1)

    def test_an_idempotency_key_is_worked_on_once_by_each_environment(self):
        self.emulator.deploy("probe", PROBE, variables={"PROBE_IDEMPOTENT": "yes"})
        environments = len(self.emulator.ready("probe"))

        answers = [self.emulator.client.invoke("probe", {"order": "A", "n": number}) for number in range(12)]

        given = {}  # by environment: its store knows nothing of the others'
        for answer in answers:
            self.assertIsNone(answer.function_error, answer.text)
            given.setdefault(answer.json["environment"], set()).add(answer.text)
        self.assertLess(len(given), len(answers))
        self.assertLessEqual(len(given), environments)
        self.assertEqual({len(each) for each in given.values()}, {1})
        # Another key is another piece of work.
        self.assertEqual(self.emulator.client.invoke("probe", {"order": "B", "n": 99}).json["n"], 99)

        without = self.emulator.client.invoke("probe", {"n": 1})
        self.assertEqual(without.json["errorType"], "IdempotencyKeyMissing")

    # ---- Handlers that overrun ----

    def test_an_overrun_is_logged_and_told_and_its_late_answer_goes_to_nobody(self):
        self.emulator.deploy("probe", PROBE, concurrency=2, timeout=1)
        timed_out = self.hold("gate").result()
        self.assertEqual(timed_out.json["errorType"], "Sandbox.Timedout")
        request = request_id(timed_out)
        self.assertIn("held=1 slots=2", self.wait_for_line("invoke.overrun ", request)["message"])
        self.wait_for_line("probe.overrun", request)  # its hook
        self.assertEqual(self.emulator.in_flight("probe"), 1)  # and it still has its slot

        self.open("gate")

        self.wait_for_line("runtime.answer_late kind=response status=410", request)
        self.wait_for_line("invoke.overrun_ended", request)
        self.wait_in_flight(0)
        for number in range(12):  # each slot twice: nobody is given what came late
            answer = self.emulator.client.invoke("probe", {"n": number})
            self.assertEqual((answer.status, answer.function_error, answer.json["n"]), (200, None, number))
        self.assertEqual(len(self.log_lines("invoke.overrun ")), 1)

    def test_an_environment_with_too_many_overruns_gives_itself_up_and_is_replaced(self):
        self.emulator.deploy("probe", PROBE, concurrency=2, timeout=1, variables={"PROBE_REPLACE_ABOVE": "0.4"})
        before = {each["id"] for each in self.emulator.ready("probe")}

        self.assertEqual(self.hold("never").result().json["errorType"], "Sandbox.Timedout")

        after = wait_until(lambda: self._three_ready_with_a_new_one(before), "the environment to be replaced")
        self.assertEqual(len(before & after), 2)
        self.assertIn("held=1 slots=2", self.wait_for_line("runtime.too_many_overruns")["message"])
        self.assertEqual(self.emulator.client.invoke("probe", {"n": 1}).json["n"], 1)

    def _three_ready_with_a_new_one(self, before):
        ready = {each["id"] for each in self.emulator.ready("probe")}
        return ready if len(ready) == 3 and ready - before else None

    # ---- Crashes ----

    def test_a_crash_leaves_a_line_in_the_log_with_the_requests_it_took_along(self):
        self.emulator.deploy("probe", PROBE, concurrency=2)
        held = [self.hold("gate") for _ in range(5)]  # of six slots: the crash has company
        self.wait_inside(5)

        crash = self.emulator.client.invoke("probe", {"do": "crash"})

        self.assertEqual(crash.json["errorType"], "Runtime.ExitError")
        line = self.wait_for_line("runtime.crashed signal=SIGABRT")
        self.assertEqual((line["level"], line["requestId"]), ("FATAL", request_id(crash)))
        self.assertTrue(line["stackTrace"])
        self.open("gate")
        lost = [request_id(answer) for answer in (call.result() for call in held) if answer.function_error]
        self.assertEqual(len(lost), 1)
        self.assertEqual(set(line["requestIds"]), {request_id(crash), *lost})

    def test_a_worker_process_that_crashes_answers_its_own_calls_only_and_is_replaced(self):
        self.emulator.deploy("probe", PROBE, concurrency=4, variables={"PROBE_PROCESSES": "2"})
        before = {each["id"] for each in self.emulator.ready("probe")}
        held = [self.hold("gate") for _ in range(11)]  # of twelve slots: the crash takes the last one
        self.wait_inside(11)

        crash = self.emulator.client.invoke("probe", {"do": "crash"})

        self.assertEqual((crash.status, crash.function_error), (200, "Unhandled"))
        self.assertEqual(crash.json["errorType"], "WorkerCrashed")
        self.assertIn("SIGABRT", crash.json["errorMessage"])
        self.assertIn(request_id(crash), crash.json["errorMessage"])
        line = self.wait_for_line("runtime.crashed signal=SIGABRT")

        self.open("gate")
        results = [call.result() for call in held]
        lost = [answer for answer in results if answer.function_error]
        self.assertEqual([answer.json["errorType"] for answer in lost], ["WorkerCrashed"])  # its neighbour
        self.assertEqual(set(line["requestIds"]), {request_id(crash), request_id(lost[0])})
        survivors = {answer.json["process"] for answer in results if not answer.function_error}
        self.assertEqual(len(survivors), 5)
        self.assertNotIn(line["process"], survivors)

        # No environment was lost, and the new process has taken the slots of the old one.
        self.assertEqual({each["id"] for each in self.emulator.ready("probe")}, before)
        again = self.twelve_at_once()
        self.assertEqual(len({answer.json["process"] for answer in again}), 6)

    def check_unread_events_are_answered(self, **more):
        self.emulator.deploy("probe", PROBE, concurrency=2, timeout=300, variables={"PROBE_PROCESSES": "2", **more})
        self.assertEqual(self.emulator.client.invoke("probe", {}).status, 200)
        environments = self.emulator.ready("probe")
        workers = [worker for each in environments for worker in worker_processes(each["pid"])]
        self.assertEqual(len(workers), 2 * len(environments))
        for worker in workers:
            stop(worker)
        calls = [Call(self.emulator.port, "probe", {"number": number}) for number in range(3)]
        wait_until(lambda: sum(unread_sockets(worker) for worker in workers) == 3, "three events to reach sockets")

        for worker in workers:
            os.kill(worker, signal.SIGKILL)

        for answer in [call.result() for call in calls]:
            self.assertEqual((answer.status, answer.function_error), (200, "Unhandled"))
            self.assertEqual(answer.json["errorType"], "WorkerCrashed")
            self.assertIn(f"before it took request {request_id(answer)}", answer.json["errorMessage"])
        self.assertEqual({each["id"] for each in self.emulator.ready("probe")}, {each["id"] for each in environments})
        wait_until(lambda: self.emulator.client.invoke("probe", {}).status == 200, "the new processes to serve")

    def test_an_event_that_a_dead_worker_process_never_read_is_answered(self):
        self.check_unread_events_are_answered()

    def test_an_event_that_a_dead_worker_process_of_coroutines_never_read_is_answered(self):
        self.check_unread_events_are_answered(PROBE_COROUTINE="1")

    def twelve_at_once(self):
        """The answers of twelve calls that were inside together."""

        def attempt():
            self._attempts = getattr(self, "_attempts", 0) + 1
            gate = f"gate-{self._attempts}"
            calls = [self.hold(gate) for _ in range(12)]
            wait_until(
                lambda: self.emulator.in_flight("probe") + sum(not call.is_alive() for call in calls) == 12,
                "twelve calls to run or to be refused",
            )
            self.open(gate)
            answers = [call.result() for call in calls]
            # A slot polls again a moment after the emulator has it free.
            return answers if all(answer.status == 200 for answer in answers) else None

        return wait_until(attempt, "all slots to serve again")


if __name__ == "__main__":
    unittest.main()
