"""The emulator's own start and end."""

import contextlib
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import unittest
import urllib.parse

from emulator import BIN, LMI, PATIENCE, Call, Emulator, alive, wait_until

PROBE = BIN / "probe_function"


def up(*arguments):
    """Runs `lmi up` in the expectation that it refuses."""
    return subprocess.run([LMI, "up", *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE)


def listens(pid):
    """Whether the process has a listening socket."""
    sockets = set()
    for each in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            sockets.add(os.readlink(each))
    rows = [row.split() for row in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return any(f"socket:[{row[9]}]" in sockets for row in rows if row[3] == "0A")


class Lifecycle(unittest.TestCase):
    def test_the_ready_line_names_endpoint_state_file_process_and_version(self):
        emulator = Emulator(self)
        self.assertEqual(emulator.greeting["pid"], emulator.process.pid)
        self.assertEqual(emulator.greeting["stateFile"], str(emulator.state))
        self.assertEqual(emulator.greeting["endpoint"], f"http://127.0.0.1:{emulator.port}")
        self.assertEqual(emulator.client.ok("GET", "/_lmi/health")["version"], emulator.greeting["version"])

    def test_stopping_leaves_no_process_and_no_scratch_directory(self):
        emulator = Emulator(self)
        emulator.deploy("probe", PROBE)
        emulator.client.invoke("probe", {"do": "litter"})
        pids = [each["pid"] for each in emulator.environments()]

        self.assertEqual(emulator.stop(), 0)

        self.assertEqual([pid for pid in pids if alive(pid)], [])
        self.assertFalse(emulator.environments_directory.exists())
        self.assertEqual(emulator.process.stdout.read(), b"")  # one line, no more

    def test_stopping_lets_running_calls_finish(self):
        emulator = Emulator(self)
        emulator.deploy("probe", PROBE)
        gate = emulator.directory / "gate"
        call = Call(emulator.port, "probe", {"do": "hold", "until": str(gate)})
        wait_until(lambda: emulator.in_flight("probe") == 1, "the call to run")
        emulator.process.send_signal(signal.SIGTERM)
        gate.touch()
        answer = call.result()
        self.assertEqual((answer.status, answer.function_error), (200, None))
        self.assertEqual(emulator.process.wait(PATIENCE), 0)

    def test_a_second_signal_ends_it_at_once_and_everything_with_it(self):
        emulator = Emulator(self)
        emulator.deploy("probe", PROBE, timeout=600)
        pids = [each["pid"] for each in emulator.environments()]
        call = Call(emulator.port, "probe", {"do": "hold", "until": "/nonexistent/never"})
        wait_until(lambda: emulator.in_flight("probe") == 1, "the call to run")
        emulator.process.send_signal(signal.SIGINT)
        emulator.process.send_signal(signal.SIGTERM)
        emulator.process.wait(PATIENCE)
        call.join(PATIENCE)
        self.assertFalse(call.is_alive())
        wait_until(lambda: not [pid for pid in pids if alive(pid)], "the environments to be gone")
        self.assertFalse(emulator.environments_directory.exists())

    def test_a_closed_terminal_ends_it_as_ctrl_c_does(self):
        emulator = Emulator(self)
        emulator.deploy("probe", PROBE)
        pids = [each["pid"] for each in emulator.environments()]
        emulator.process.send_signal(signal.SIGHUP)
        self.assertEqual(emulator.process.wait(PATIENCE), 0)
        self.assertEqual([pid for pid in pids if alive(pid)], [])
        self.assertFalse(emulator.environments_directory.exists())

    def test_under_nohup_a_closed_terminal_does_not_end_it(self):
        command = ["nohup", LMI, "up", "--port", "0", "--state", "", "--output", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            self.addCleanup(process.kill)
            port = urllib.parse.urlsplit(json.loads(process.stdout.readline())["endpoint"]).port
            process.send_signal(signal.SIGHUP)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0)

    def test_it_outlives_whoever_read_its_output(self):
        state = Emulator(self).directory / "unread.db"
        reader, writer = os.pipe()
        os.close(reader)
        command = [LMI, "up", "--port", "0", "--state", state, "--output", "json"]
        with subprocess.Popen(command, stdout=writer, stderr=writer) as process:
            self.addCleanup(process.kill)
            os.close(writer)
            # "Started, and it says so to nobody": the lock file is there once the state file is its own.
            lock = state.with_name("unread.db.lock")
            wait_until(lambda: lock.exists() and lock.read_text().strip() == str(process.pid), "the start")
            wait_until(lambda: listens(process.pid), "it to listen")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0)

    def test_functions_do_not_inherit_the_signals_it_ignores(self):
        emulator = Emulator(self)
        script = emulator.directory / "signals.sh"
        script.write_text("#!/bin/sh\ngrep SigIgn /proc/self/status\nexit 1\n")
        emulator.create_function("signals", script, emulator.create_provider())
        self.assertEqual(emulator.publish("signals")["State"], "Failed")
        lines = [each["line"] for each in emulator.logs("signals")["events"] if each["source"] == "function"]
        self.assertIn("SigIgn:\t" + "0" * 16, lines)

    def test_an_opt_directory_that_is_missing_is_named_before_anything_is_touched(self):
        state = Emulator(self).directory / "other.db"
        refused = up("--port", 0, "--state", state, "--opt", "/nonexistent/opt")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--opt /nonexistent/opt", refused.stderr)
        self.assertFalse(state.exists())

    def test_without_a_state_file_nothing_stays(self):
        command = [LMI, "up", "--port", "0", "--state", "", "--output", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            self.addCleanup(process.kill)
            state = pathlib.Path(json.loads(process.stdout.readline())["stateFile"])
            self.assertTrue(state.exists())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0)
        self.assertFalse(state.parent.exists())

    def test_a_restart_with_the_same_state_file_serves_the_same_functions(self):
        emulator = Emulator(self)
        emulator.deploy("probe", PROBE, concurrency=2)
        before = emulator.configuration("probe", "$LATEST.PUBLISHED")
        self.assertEqual(emulator.stop(), 0)

        emulator.start()

        after = emulator.configuration("probe", "$LATEST.PUBLISHED", until=lambda shown: shown["State"] == "Active")
        for key in ("FunctionArn", "CodeSha256", "Version", "MemorySize", "CapacityProviderConfig"):
            self.assertEqual(after[key], before[key])
        self.assertEqual(emulator.client.invoke("probe", {"n": 7}).json["n"], 7)

    def test_a_killed_emulator_takes_its_environments_along_and_the_next_one_sweeps_up(self):
        emulator = Emulator(self)
        emulator.deploy("probe", PROBE)
        emulator.client.invoke("probe", {"do": "litter"})
        pids = [each["pid"] for each in emulator.environments()]
        left = sorted(emulator.environments_directory.iterdir())
        emulator.process.kill()
        emulator.process.wait(PATIENCE)
        wait_until(lambda: not [pid for pid in pids if alive(pid)], "the environments to be gone")
        self.assertEqual(sorted(emulator.environments_directory.iterdir()), left)

        emulator.start()

        self.assertFalse([each for each in left if each.exists()])
        emulator.configuration("probe", "$LATEST.PUBLISHED", until=lambda shown: shown["State"] == "Active")
        self.assertEqual(emulator.client.invoke("probe", {"n": 8}).json["n"], 8)

    def test_without_descriptors_it_says_so_and_goes_on_when_there_are_some(self):
        emulator = Emulator(self)
        pid = emulator.process.pid
        most = max(map(int, os.listdir(f"/proc/{pid}/fd"))) + 2
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
        with contextlib.ExitStack() as connections:
            for _ in range(4):
                connections.enter_context(socket.create_connection(("127.0.0.1", emulator.port)))
            wait_until(lambda: "http.not_accepting" in emulator.stderr(), "the complaint")
        self.assertIn("ulimit -n", emulator.stderr())
        self.assertEqual(emulator.fleet()["environments"], [])
        self.assertEqual(emulator.stderr().count("http.not_accepting"), 1)

    def test_a_taken_port_is_named_with_what_to_do(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            directory = Emulator(self).directory
            refused = up("--port", port, "--state", directory / "other.db")
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(refused.stdout, "")
        self.assertIn(f"port {port} on 127.0.0.1 is taken", refused.stderr)
        self.assertIn("lmi up --port 0", refused.stderr)

    def test_a_locked_state_file_is_refused_and_its_owner_serves_on(self):
        emulator = Emulator(self)
        emulator.deploy("probe", PROBE)
        refused = up("--port", 0, "--state", emulator.state)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(str(emulator.state), refused.stderr)
        self.assertEqual(len(emulator.ready("probe")), 3)
        self.assertEqual(len(list(emulator.environments_directory.iterdir())), 3)  # not swept
        self.assertEqual(emulator.client.invoke("probe", {"n": 9}).json["n"], 9)

    def test_a_damaged_state_file_is_refused_and_left_as_it_is(self):
        directory = Emulator(self).directory
        damaged = directory / "damaged.db"
        damaged.write_bytes(b"this is not a database, " * 1000)
        before = damaged.read_bytes()
        refused = up("--port", 0, "--state", damaged)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(str(damaged), refused.stderr)
        self.assertEqual(damaged.read_bytes(), before)

    def test_a_state_directory_without_permission_is_refused(self):
        refused = up("--port", 0, "--state", "/proc/lmi/state.db")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--state", refused.stderr)


if __name__ == "__main__":
    unittest.main()
