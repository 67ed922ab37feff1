"""What the runtime library promises a handler's author, seen by its callers: real emulator, real processes."""

import unittest

from emulator import BIN, Emulator

TICKER = BIN / "ticker"


class Runtime(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)

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
