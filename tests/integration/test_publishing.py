"""What publishing does to the fleet."""

import unittest

from emulator import BIN, Emulator, alive, wait_until

PROBE = BIN / "probe_function"


class Publishing(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)

    def test_publishing_starts_three_environments_on_instances_in_distinct_zones(self):
        self.emulator.deploy("probe", PROBE, concurrency=4)
        fleet = self.emulator.fleet()
        environments = fleet["environments"]

        self.assertEqual([each["state"] for each in environments], ["ready"] * 3)
        self.assertEqual(len({each["availabilityZone"] for each in environments}), 3)
        self.assertEqual(len({each["instanceId"] for each in environments}), 3)
        self.assertEqual([each["slots"] for each in environments], [4, 4, 4])
        self.assertEqual(len({each["pid"] for each in environments}), 3)
        self.assertTrue(all(alive(each["pid"]) for each in environments))
        self.assertEqual(len(fleet["instances"]), 3)

    def test_one_subnet_means_one_instance(self):
        provider = self.emulator.create_provider(subnets=["subnet-1"])
        self.emulator.create_function("probe", PROBE, provider)
        self.assertEqual(self.emulator.publish("probe")["State"], "Active")
        fleet = self.emulator.fleet()
        self.assertEqual(len(fleet["instances"]), 1)
        self.assertEqual(len(fleet["environments"]), 3)

    def test_a_numbered_version_runs_beside_the_latest(self):
        provider = self.emulator.create_provider()
        self.emulator.create_function("probe", PROBE, provider)
        self.assertEqual(self.emulator.publish("probe")["State"], "Active")
        self.assertEqual(self.emulator.publish("probe", to=None)["State"], "Active")
        versions = sorted({each["version"] for each in self.emulator.environments("probe")})
        self.assertEqual(versions, ["$LATEST.PUBLISHED", "1"])
        self.assertEqual(len(self.emulator.fleet()["instances"]), 3)  # they share the instances
        self.assertEqual(self.emulator.client.invoke("probe", {"n": 3}, "1").json["n"], 3)

    def test_a_version_that_cannot_initialise_fails_with_its_reason(self):
        provider = self.emulator.create_provider()
        self.emulator.create_function("probe", PROBE, provider, variables={"PROBE_INIT": "no database"})
        published = self.emulator.publish("probe")
        self.assertEqual(published["State"], "Failed")
        self.assertEqual(published["StateReasonCode"], "FunctionError.RuntimeInitError")
        self.assertIn("lmi logs probe", published["StateReason"])
        wait_until(lambda: not self.emulator.environments("probe"), "the failed environments to be gone")

    def test_a_minimum_over_the_vcpu_limit_fails_with_its_reason(self):
        provider = self.emulator.create_provider(max_vcpus=2)  # one environment fits on a two-vCPU instance
        self.emulator.create_function("probe", PROBE, provider)
        published = self.emulator.publish("probe")
        self.assertEqual(published["State"], "Failed")
        self.assertEqual(published["StateReasonCode"], "CapacityProviderScalingLimitExceeded")
        self.assertEqual(self.emulator.fleet(), {"environments": [], "instances": []})

    def test_deleting_a_function_ends_its_processes(self):
        self.emulator.deploy("probe", PROBE)
        pids = [each["pid"] for each in self.emulator.environments("probe")]
        self.emulator.client.ok("DELETE", "/2015-03-31/functions/probe")
        wait_until(lambda: not self.emulator.environments("probe"), "the environments to be gone")
        self.assertFalse([pid for pid in pids if alive(pid)])
        self.assertEqual(list(self.emulator.environments_directory.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
