"""Functions with connection pools: real emulator, real function processes, a real PostgreSQL."""

import glob
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import unittest

from emulator import BIN, Call, Emulator, wait_until

POOL = BIN / "pool_function"
CATALOGUE = BIN / "catalogue"


class Postgres:
    """A server on a Unix socket in a temporary directory; stopped and removed at the end of the test."""

    def __init__(self, test):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        assert found, "PostgreSQL is not installed: see scripts/packages/test.txt"
        programs = pathlib.Path(found[-1]).parent
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="lmi-postgres-"))
        test.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        user = {}
        if os.getuid() == 0:  # which the server refuses to be
            owner = pwd.getpwnam("postgres")
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
            user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        data = self.directory / "data"
        create = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run(create, check=True, stdout=subprocess.DEVNULL, cwd="/", **user)
        command = [programs / "postgres", "-D", data, "-k", self.directory, "-c", "listen_addresses=", "-c", "fsync=off"]
        with open(self.directory / "log", "wb") as log:
            self.process = subprocess.Popen(command, stderr=log, cwd="/", **user)
        test.addCleanup(self._end)
        self.conninfo = f"host={self.directory} user=postgres dbname=postgres"
        ready = [programs / "pg_isready", "-q", "-h", self.directory]
        wait_until(lambda: subprocess.run(ready).returncode == 0, "PostgreSQL to be ready")

    def _end(self):
        self.process.send_signal(signal.SIGINT)  # fast shutdown: SIGTERM would wait for the sessions' ends
        self.process.wait(60)


class Pools(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)

    def test_a_request_waits_for_the_connection_only_as_long_as_it_may_and_the_pool_is_warm(self):
        gate = self.emulator.directory / "gate"
        self.emulator.deploy("pool", POOL, concurrency=3)
        held = [Call(self.emulator.port, "pool", {"do": "hold", "until": str(gate)}) for _ in range(3)]
        wait_until(lambda: self.emulator.in_flight("pool") == 3, "three calls in flight, one in each environment")

        refused = self.emulator.client.invoke("pool", {"do": "take", "timeoutMs": 20})
        self.assertEqual(refused.function_error, "Unhandled")
        self.assertEqual(refused.json["errorType"], "PoolTimedOut")
        self.assertIn('pool "probe"', refused.json["errorMessage"])

        waiting = Call(self.emulator.port, "pool", {"do": "take"})
        wait_until(lambda: self.emulator.in_flight("pool") == 4, "the fourth to wait for a connection")
        gate.touch()
        answers = [call.result().json for call in [*held, waiting]]
        self.assertEqual(answers, [{"connection": 1}] * 4)  # each environment's one, made before the first call
        text = self.emulator.client.invoke("pool", {"do": "metrics"}).json["text"]
        self.assertIn('lmi_pool_created_total{pool="probe"} 1\n', text)

    def test_a_pools_metrics_are_in_the_log_as_cloudwatch_reads_them(self):
        self.emulator.deploy("pool", POOL)
        self.assertEqual(self.emulator.client.invoke("pool", {"do": "take"}).json, {"connection": 1})

        def documents():
            lines = [each["line"] for each in self.emulator.logs("pool")["events"]]
            return [json.loads(line) for line in lines if "CloudWatchMetrics" in line]

        document = wait_until(documents, "the metrics")[0]
        self.assertEqual((document["pool"], document["PoolIdle"], document["PoolAcquired"]), ("probe", 1, 1))
        self.assertEqual(document["_aws"]["CloudWatchMetrics"][0]["Dimensions"], [["pool"]])

    def test_a_pool_that_cannot_be_warmed_up_is_an_init_error_that_says_why(self):
        provider = self.emulator.create_provider()
        self.emulator.create_function("pool", POOL, provider, variables={"POOL_REFUSES": "no route to the database"})
        published = self.emulator.publish("pool")
        self.assertEqual(published["State"], "Failed")
        self.assertEqual(published["StateReasonCode"], "FunctionError.RuntimeInitError")

        def lines():
            return [line for line in str(self.emulator.logs("pool")).split("\\n") if "init.failed" in line]

        self.assertIn("PoolNotReady", wait_until(lines, "the init error in the log")[0])
        self.assertIn("no route to the database", lines()[0])

    def test_the_catalogue_example_works_on_a_real_database(self):
        database = Postgres(self)
        self.emulator.deploy("catalogue", CATALOGUE, concurrency=8, variables={"DATABASE": database.conninfo})
        added = self.emulator.client.invoke("catalogue", {"name": "Teapot", "cents": 2450}).json
        calls = [Call(self.emulator.port, "catalogue", {"id": added["id"]}) for _ in range(20)]
        for call in calls:
            self.assertEqual(call.result().json, {"id": added["id"], "name": "Teapot", "cents": 2450})
        missing = self.emulator.client.invoke("catalogue", {"id": 1000})
        self.assertEqual(missing.json["errorType"], "ItemNotFound")


if __name__ == "__main__":
    unittest.main()
