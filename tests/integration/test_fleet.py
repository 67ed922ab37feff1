"""Instances of the live fleet: their log, and what happens when one is lost."""

import json
import subprocess
import unittest

from emulator import BIN, LMI, PATIENCE, Call, Emulator, alive, wait_until

PROBE = BIN / "probe_function"
GROUP = "/aws/lambda/capacity-provider/probe-provider"


def lmi(emulator, *arguments):
    return subprocess.run(
        [LMI, *arguments, "--endpoint", emulator.greeting["endpoint"]],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


class Fleet(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)
        self.emulator.deploy("probe", PROBE, concurrency=4)

    def _log(self):
        done = lmi(self.emulator, "logs", GROUP, "--output", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(json.loads(line)["line"]) for line in done.stdout.splitlines()]

    def test_launches_are_in_the_providers_log(self):
        instances = {each["id"]: each for each in self.emulator.fleet()["instances"]}
        log = self._log()
        launched = {
            line["metadata"]["instanceId"]: line for line in log if line["message"].startswith("Successfully launched")
        }
        self.assertEqual(launched.keys(), instances.keys())
        for name, line in launched.items():
            shown = instances[name]
            self.assertEqual(line["level"], "INFO")
            self.assertEqual(
                line["message"],
                f"Successfully launched {shown['type']} instance {name} in {shown['availabilityZone']}",
            )
            self.assertEqual(line["metadata"]["availabilityZones"], [shown["availabilityZone"]])
            self.assertEqual(line["metadata"]["instanceTypes"], [shown["type"]])
            self.assertTrue(line["metadata"]["capacityProviderArn"].endswith(":capacity-provider:probe-provider"))
        self.assertEqual(sum(line["message"].startswith("Launching") for line in log), len(instances))

    def test_a_lost_instance_kills_its_environments_and_is_replaced(self):
        calls = [
            Call(self.emulator.port, "probe", {"do": "hold", "until": "/nonexistent/never"}) for _ in range(12)
        ]  # every slot of all three environments
        wait_until(lambda: self.emulator.in_flight("probe") == 12, "the calls to run")
        before = self.emulator.environments("probe")
        lost = before[0]["instanceId"]
        victims = [each for each in before if each["instanceId"] == lost]

        done = lmi(self.emulator, "fleet", "lose-instance", lost)

        self.assertEqual((done.returncode, done.stdout), (0, f"lost {lost}\n"), done.stderr)
        wait_until(lambda: not [each for each in victims if alive(each["pid"])], "its processes to be dead")
        answered = wait_until(
            lambda: len([call for call in calls if not call.is_alive()]) >= 4 * len(victims) and calls,
            "its callers to be told",
        )
        ended = [call for call in answered if not call.is_alive()]
        self.assertEqual(len(ended), 4 * len(victims), "calls on other instances go on")
        for call in ended:
            answer = call.result()
            self.assertEqual((answer.status, answer.function_error), (200, "Unhandled"))
        wait_until(lambda: len(self.emulator.ready("probe")) == len(before), "a replacement")
        self.assertNotIn(lost, [each["id"] for each in self.emulator.fleet()["instances"]])
        self.assertEqual(self.emulator.client.invoke("probe", {"n": 1}).json["n"], 1)
        warnings = [line for line in self._log() if line["level"] == "WARN"]
        self.assertEqual([line["metadata"]["instanceId"] for line in warnings], [lost])
        self.assertTrue(warnings[0]["message"].startswith("Health check failed for "))

    def test_the_instances_are_shown_and_an_unknown_one_cannot_be_lost(self):
        done = lmi(self.emulator, "fleet", "instances")
        self.assertEqual(done.returncode, 0, done.stderr)
        for instance in self.emulator.fleet()["instances"]:
            self.assertIn(instance["id"], done.stdout)
        shown = json.loads(lmi(self.emulator, "fleet", "instances", "--output", "json").stdout)
        self.assertEqual(shown["instances"], self.emulator.fleet()["instances"])
        done = lmi(self.emulator, "fleet", "lose-instance", "i-00000000000000000")
        self.assertEqual(done.returncode, 1)
        self.assertIn("There is no instance 'i-00000000000000000'", done.stderr)
        self.assertEqual(lmi(self.emulator, "fleet", "lose-instance", "../x").returncode, 2)
