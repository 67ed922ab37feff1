"""External extensions beside a function, and the programs written for aws-lambda-cpp."""

import io
import json
import pathlib
import unittest
import zipfile

from emulator import BIN, Call, Emulator, wait_until


def package(bootstrap, **extensions):
    """A zip with `bootstrap` and extensions/<name>."""
    programs = {"bootstrap": bootstrap, **{f"extensions/{name}": path for name, path in extensions.items()}}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in programs.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, pathlib.Path(path).read_bytes())
    return buffer.getvalue()


def with_telemetry():
    return package(BIN / "probe_function", telemetry_extension=BIN / "telemetry_extension")


def lines(emulator, name, source):
    """What the log store has from this source, oldest first."""
    return [each["line"] for each in emulator.logs(name)["events"] if each["source"] == source]


def summaries(emulator, name, kind):
    found = []
    for line in lines(emulator, name, "extension"):
        record = json.loads(line)
        if record.get("summary") == kind:
            found.append(record)
    return found


class Extensions(unittest.TestCase):
    def test_an_external_extension_sees_every_invocation_and_the_end(self):
        emulator = Emulator(self)
        emulator.deploy("probe", with_telemetry(), concurrency=8)
        calls = [Call(emulator.port, "probe", {"n": n}) for n in range(24)]
        answers = [call.result() for call in calls]
        self.assertEqual([answer.status for answer in answers], [200] * len(calls))
        ids = {answer.headers["x-amzn-requestid"] for answer in answers}

        seen = wait_until(
            lambda: (found := summaries(emulator, "probe", "invocation")) and len(found) >= len(ids) and found,
            "a summary of each invocation",
        )

        self.assertEqual({each["requestId"] for each in seen}, ids)
        self.assertEqual({each["status"] for each in seen}, {"success"})
        self.assertTrue(all(each["durationMs"] > 0 for each in seen))

    def test_it_is_told_of_the_end_after_the_last_telemetry(self):
        emulator = Emulator(self)
        emulator.deploy("probe", with_telemetry())
        self.assertEqual(emulator.client.invoke("probe", {"n": 1}).status, 200)
        environments = len(emulator.environments("probe"))

        emulator.client.ok("DELETE", "/2015-03-31/functions/probe")

        totals = wait_until(
            lambda: (found := summaries(emulator, "probe", "total")) and len(found) >= environments and found,
            "what the extensions say at the end",
        )
        self.assertEqual(sum(each["events"].get("platform.report", 0) for each in totals), 1)
        for each in totals:
            self.assertEqual(each["events"]["platform.initReport"], 1)

    def test_a_function_without_extensions_is_as_before(self):
        emulator = Emulator(self)
        emulator.deploy("probe", BIN / "probe_function")
        self.assertEqual(emulator.client.invoke("probe", {"n": 1}).json["n"], 1)
        self.assertEqual(lines(emulator, "probe", "extension"), [])

    def test_a_program_of_aws_lambda_cpp_runs_unchanged(self):
        emulator = Emulator(self)
        emulator.deploy("counter", BIN / "compat_counter", concurrency=8)
        calls = [Call(emulator.port, "counter", f"key {n % 4}") for n in range(24)]
        answers = [call.result() for call in calls]
        self.assertEqual([answer.function_error for answer in answers], [None] * len(calls))
        self.assertTrue(all(answer.json >= 1 for answer in answers))

        failed = emulator.client.invoke("counter", "fail")
        self.assertEqual(failed.function_error, "Unhandled")
        self.assertEqual(
            failed.json, {"errorMessage": "no more", "errorType": "CacheFull", "stackTrace": ["count", "main"]}
        )

    def test_a_program_of_aws_lambda_cpp_that_opted_in_runs_its_slots_at_once(self):
        emulator = Emulator(self)
        emulator.deploy("together", BIN / "compat_released_forms", concurrency=3, timeout=600)
        # Each holds its handler until three are in it: two in each environment, then the third for one of them.
        held = [Call(emulator.port, "together", 3) for _ in range(6)]
        wait_until(lambda: emulator.in_flight("together") == 6, "six calls in flight")

        self.assertEqual(emulator.client.invoke("together", 3).json, "together")

        wait_until(lambda: sum(not call.is_alive() for call in held) == 2, "the two that were with it")
        self.assertEqual([call.result().json for call in held if not call.is_alive()], ["together"] * 2)


if __name__ == "__main__":
    unittest.main()
