"""What a function can see of the emulator and of other functions: nothing that it was not given."""

import os
import resource
import unittest

from emulator import Emulator, zipped

# Tells what its process began with, before it opens anything itself.
WITNESS = """#!/usr/bin/env python3
import os
links = {}
for fd in os.listdir("/proc/self/fd"):
    try:
        links[fd] = os.readlink("/proc/self/fd/" + fd)
    except FileNotFoundError:
        pass  # the directory that is being listed
variables = dict(os.environ)
import json, resource, urllib.request
open(os.path.join(os.environ["TMPDIR"], "left-by-" + os.environ["AWS_LAMBDA_FUNCTION_NAME"]), "w").close()
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as event:
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
        event.read()
    answer = {"links": links, "variables": variables, "tmp": os.listdir(os.environ["TMPDIR"]),
              "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE), "mode": os.stat(os.environ["TMPDIR"]).st_mode & 0o777}
    data = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(api + request_id + "/response", data=data, method="POST")).read()
"""

# Lambda's own (runtime-api reference), and TMPDIR, which stands for /tmp.
PLATFORM = {
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL", "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_RUNTIME_API", "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER", "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR", "LANG", "LD_LIBRARY_PATH", "PATH", "TZ", "TMPDIR",
}
# Added by the interpreter of the witness itself, when it finds a C locale.
OF_PYTHON = {"LC_CTYPE"}


class Isolation(unittest.TestCase):
    def setUp(self):
        os.environ["LMI_SECRET_OF_THE_EMULATOR"] = "not for functions"
        self.addCleanup(os.environ.pop, "LMI_SECRET_OF_THE_EMULATOR")
        self.emulator = Emulator(self)
        program = self.emulator.directory / "witness"
        program.write_text(WITNESS)
        package = zipped(program)
        arn = self.emulator.create_provider()
        for name in ("first", "second"):
            self.emulator.create_function(name, package, arn, variables={f"SECRET_OF_{name.upper()}": name})
            self.assertEqual(self.emulator.publish(name)["State"], "Active")

    def witness(self, name):
        answer = self.emulator.client.invoke(name, {})
        self.assertIsNone(answer.function_error, answer.text)
        return answer.json

    def test_a_function_has_its_own_variables_and_no_others(self):
        for name in ("first", "second"):
            variables = self.witness(name)["variables"]
            self.assertEqual(set(variables) - PLATFORM - OF_PYTHON, {f"SECRET_OF_{name.upper()}"})
            self.assertNotIn("not for functions", variables.values())

    def test_a_function_has_three_descriptors_of_its_own(self):
        first, second = self.witness("first")["links"], self.witness("second")["links"]
        for links in (first, second):
            self.assertEqual(set(links), {"0", "1", "2"})
            self.assertEqual(links["0"], "/dev/null")
            self.assertTrue(links["1"].startswith("pipe:") and links["2"].startswith("pipe:"), links)
        self.assertFalse({first["1"], first["2"]} & {second["1"], second["2"]})

    def test_a_function_has_the_limits_the_emulator_began_with(self):
        self.assertEqual(tuple(self.witness("first")["descriptors"]), resource.getrlimit(resource.RLIMIT_NOFILE))
        with open(f"/proc/{self.emulator.process.pid}/limits") as limits:
            soft, hard = next(line for line in limits if line.startswith("Max open files")).split()[3:5]
        self.assertEqual(soft, hard)

    def test_a_function_has_a_tmp_of_its_own(self):
        for name in ("first", "second"):
            seen = self.witness(name)
            self.assertEqual(seen["tmp"], [f"left-by-{name}"])
            self.assertEqual(seen["mode"], 0o700)


if __name__ == "__main__":
    unittest.main()
