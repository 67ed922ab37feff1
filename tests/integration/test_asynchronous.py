"""Asynchronous invocations survive a kill of the emulator at any moment."""

import http.client
import json
import random
import threading
import unittest

from emulator import BIN, Client, Emulator, wait_until

EVENT = {"X-Amz-Invocation-Type": "Event"}


class Senders:
    """Threads that have events accepted until the emulator is gone or a number of them was."""

    def __init__(self, port, notes, numbers, stop_after):
        self.accepted = set()
        self.refusal = None
        self.enough = threading.Event()
        self._port, self._notes, self._numbers, self._stop_after = port, notes, numbers, stop_after
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send) for _ in range(8)]
        for thread in self._threads:
            thread.start()

    def _send(self):
        client = Client(self._port)
        try:
            while not self.enough.is_set():
                with self._lock:
                    number = next(self._numbers)
                event = {"do": "note", "in": self._notes, "number": number}
                answer = client.request("POST", "/2015-03-31/functions/f/invocations", event, EVENT)
                if answer.status == 409:
                    continue  # not accepted: after a restart the version is on its way to Active
                if answer.status != 202:
                    self.refusal = answer.body
                    self.enough.set()
                    return
                with self._lock:
                    self.accepted.add(number)
                    if len(self.accepted) >= self._stop_after:
                        self.enough.set()
        except (OSError, http.client.HTTPException):
            pass  # the emulator was killed
        finally:
            client.close()

    def join(self):
        for thread in self._threads:
            thread.join()


class Asynchronous(unittest.TestCase):
    def test_every_accepted_event_runs_although_the_emulator_is_killed_again_and_again(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        emulator = Emulator(self)
        notes = str(emulator.directory / "notes")
        emulator.deploy("f", BIN / "probe_function", concurrency=4)
        numbers = iter(range(1 << 30))
        accepted = set()
        for _ in range(5):
            senders = Senders(emulator.port, notes, numbers, stop_after=chance.randrange(40, 160))
            self.assertTrue(senders.enough.wait(120), f"seed {seed}: {len(senders.accepted)} accepted")
            emulator.process.kill()
            emulator.process.wait()
            senders.join()
            self.assertIsNone(senders.refusal)
            accepted |= senders.accepted
            emulator.start()
            emulator.configuration("f", "$LATEST.PUBLISHED", until=lambda shown: shown["State"] == "Active")

        def all_ran():
            with open(notes, encoding="utf-8") as lines:
                ran = {json.loads(line)["number"] for line in lines if line.endswith("\n")}
            return accepted <= ran

        self.assertGreaterEqual(len(accepted), 200)
        wait_until(all_ran, f"every accepted event to have run; seed {seed}")
        self.assertEqual(emulator.stop(), 0)

    def test_an_event_accepted_right_before_a_stop_runs_after_the_next_start(self):
        emulator = Emulator(self)
        notes = emulator.directory / "notes"
        gate = emulator.directory / "gate"
        emulator.deploy("f", BIN / "probe_function", concurrency=1)
        for number in range(20):  # three environments of one slot each: most of them wait
            event = {"do": "hold", "until": str(gate)} if number < 3 else {"do": "note", "in": str(notes), "n": number}
            answer = emulator.client.request("POST", "/2015-03-31/functions/f/invocations", event, EVENT)
            self.assertEqual(answer.status, 202)
        self.assertEqual(emulator.stop(), 0)
        gate.touch()
        emulator.start()
        wait_until(lambda: notes.exists() and
                   {json.loads(line)["n"] for line in notes.read_text().splitlines()} == set(range(3, 20)),
                   "the events of the last run")


if __name__ == "__main__":
    unittest.main()
