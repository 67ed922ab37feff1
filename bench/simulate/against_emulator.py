#!/usr/bin/env python3
"""Measures three examples on the live emulator and puts what the simulator predicts beside it.

  bench/simulate/against_emulator.py <bin-directory> [--examples hello,thumbnail,fanout] [--seconds 20]

For each example: one call after the other gives the profile (CPU of a call, and its latency without it). From the
profile follows at which rate the example saturates: its slots, the cores or the emulator's one thread, whichever comes
first; it is then driven in an open loop at half that rate and at one and a half times that rate, on the emulator and
in the simulator.

What a call's CPU is: that of its environment, of the emulator, of the load generator and of the upstream together,
since all of them share this machine's cores; the environments are given as many vCPUs as there are cores. What else
runs on the machine is measured with it: the part of the cores it took is printed for that reason. Latencies are
corrected ones: from when a request was meant to leave.
"""
import argparse
import base64
import collections
import contextlib
import dataclasses
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0))
REASONS = ("Concurrency", "CPU", "Memory", "Disk")

# Both sides go by these: AWS's minutes are seconds here, so that a short run sees the fleet grow.
FLEET = {
    "instance_launch_delay": "1s",
    "instance_launch_jitter_percent": 0,
    "scaling_interval": "1s",
    "signal_window": "5s",
    "panic_window": "5s",
    "growth_window": "6s",
}


@dataclasses.dataclass
class Example:
    slots: int
    event: dict
    vcpus: int  # of an environment
    most: int  # environments
    waits: bool  # what of its latency is not CPU is waiting in the handler; else it is on the way there and back


def photo() -> str:
    return base64.b64encode((ROOT / "examples/photos/chelsea.png").read_bytes()).decode()


EXAMPLES = {
    "hello": Example(16, {"name": "Ada"}, CORES, 1, False),
    # Two calls a core, as is advised for work that computes: the emulator competes with them for the same cores.
    "thumbnail": Example(2 * CORES, {"width": 160, "image": photo()}, CORES, 1, False),
    # Bound by its slots, so its CPU matters little, and more environments help: it may grow.
    "fanout": Example(8, {"requests": 2, "delayMs": 200}, 1, 3, True),
}


class Started:
    """A program of ours that says where it listens, and ends with this object."""

    def __init__(self, *command: str):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.first_line = self.process.stdout.readline().strip()
        if not self.first_line:
            sys.exit(f"{command[0]} did not start: exit code {self.process.wait()}")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def cpu_of_sessions(leaders: set) -> float:
    """CPU seconds used so far by the living processes whose session or own id is one of these."""
    ticks = 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            if int(process.name) in leaders or int(fields[3]) in leaders:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def waited_seconds(leaders: set) -> float:
    """Seconds the threads of these processes, and of those in their sessions, were ready to run while others had the
    cores (schedstat, see the kernel's Documentation/scheduler/sched-stats.rst)."""
    nanoseconds = 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            session = int((process / "stat").read_text().rsplit(")", 1)[1].split()[3])
            if int(process.name) in leaders or session in leaders:
                for task in (process / "task").iterdir():
                    nanoseconds += int((task / "schedstat").read_text().split()[1])
    return nanoseconds / 1e9


def busy_seconds() -> float:
    """CPU seconds all cores have worked so far, for whomever."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle, waiting_for_disk = fields[3], fields[4]
    return (sum(fields) - idle - waiting_for_disk) / TICKS


def children_seconds() -> float:
    """CPU of the commands that were run and waited for: of `lmi load`, mostly."""
    times = os.times()
    return times.children_user + times.children_system


@dataclasses.dataclass
class Length:
    """Of a measurement: a time, or, to see only whether it works, a few calls."""
    seconds: float
    calls: int = 0

    def arguments(self) -> tuple:
        return ("--requests", str(self.calls)) if self.calls else ("--duration", str(self.seconds))

    def seconds_at(self, rate: float) -> float:
        return self.calls / rate if self.calls else self.seconds


class Machine:
    """The emulator and the upstream."""

    def __init__(self, bin_directory: pathlib.Path, directory: pathlib.Path, stack: contextlib.ExitStack):
        self.bin, self.directory = bin_directory, directory
        parameters = directory / "fleet.json"
        parameters.write_text(json.dumps({"profile": "aws", **FLEET}))
        self.emulator = Started(str(bin_directory / "lmi"), "up", "--port", "0", "--state", "", "--output", "json",
                                "--fleet-parameters", str(parameters))
        stack.callback(self.emulator.stop)
        self.endpoint = json.loads(self.emulator.first_line)["endpoint"]
        self.upstream = Started(str(bin_directory / "upstream"), "0")
        stack.callback(self.upstream.stop)

    def lmi(self, *arguments: str) -> str:
        command = [self.bin / "lmi", *arguments, "--endpoint", self.endpoint]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        # `load` exits with 1 when calls failed, which is a result here.
        if done.returncode not in (0, 1) or not done.stdout:
            sys.exit(f"lmi {' '.join(arguments)}: exit code {done.returncode}: {done.stderr}")
        return done.stdout

    def environments(self) -> list:
        with urllib.request.urlopen(self.endpoint + "/_lmi/environments") as answer:
            return json.load(answer)["environments"]

    def ready(self, name: str) -> int:
        return sum(each["functionName"] == name and each["state"] == "ready" for each in self.environments())

    def cpu_seconds(self) -> float:
        leaders = {each["pid"] for each in self.environments() if each["pid"]}
        return cpu_of_sessions(leaders | {self.emulator.process.pid, self.upstream.process.pid})

    def waited(self) -> float:
        leaders = {each["pid"] for each in self.environments() if each["pid"]}
        return waited_seconds(leaders | {self.emulator.process.pid})

    def deploy(self, name: str):
        example = EXAMPLES[name]
        self.lmi("deploy", str(self.bin / name), "--name", name, "--concurrency", str(example.slots), "--min", "1",
                 "--max", str(example.most), "--memory", str(2048 * example.vcpus), "--ratio", "2",
                 "--env", f"UPSTREAM={self.upstream.first_line}")
        event = self.directory / f"{name}.event.json"
        event.write_text(json.dumps(example.event))

    def load(self, name: str, *pace: str) -> dict:
        result = json.loads(self.lmi("load", name, *pace, "--payload", f"@{self.directory / name}.event.json",
                                     "--output", "json"))
        if result["invocations"] == 0 or result["succeeded"] + result["failed"] != result["invocations"]:
            sys.exit(f"lmi load {name}: calls are missing: {result}")
        return result


def profile_of(machine: Machine, name: str, length: Length) -> dict:
    """The service model, measured with one call at a time; written for the scenarios to name."""
    machine.load(name, "--concurrency", "1", "--requests", "20")  # the first ones connect, allocate and fill caches
    before = machine.cpu_seconds() + children_seconds()
    emulator_before = cpu_of_sessions({machine.emulator.process.pid})
    alone = machine.load(name, "--concurrency", "1", *length.arguments())
    used = machine.cpu_seconds() + children_seconds() - before
    emulator = cpu_of_sessions({machine.emulator.process.pid}) - emulator_before
    if alone["failed"]:
        sys.exit(f"{name} fails when called alone: {alone['failures']}")
    cpu_ms = max(0.01, 1000 * used / alone["succeeded"])
    latency = alone["latencyMs"]
    names = {"0": "min", "50": "p50", "90": "p90", "99": "p99", "100": "max"}
    rest = {percent: max(0.0, latency[name] - cpu_ms) for percent, name in names.items()}
    example = EXAMPLES[name]
    profile = {"cpuMs": cpu_ms, "waitMs" if example.waits else "overheadMs": {"percentiles": rest},
               "measured": {"with": "one call at a time", "calls": alone["succeeded"], "meanMs": latency["mean"],
                            "emulatorCpuMs": 1000 * emulator / alone["succeeded"],
                            "aloneMs": {percent: latency[name] for percent, name in names.items()}}}
    (machine.directory / f"{name}.profile.json").write_text(json.dumps(profile, indent=1))
    return profile


def saturation(name: str, profile: dict) -> float:
    """Calls a second at which all slots, all cores or the emulator's thread are taken."""
    example, measured = EXAMPLES[name], profile["measured"]
    by_slots = example.most * example.slots * 1000 / measured["meanMs"]
    return min(by_slots, CORES * 1000 / profile["cpuMs"], 1000 / max(0.01, measured["emulatorCpuMs"]))


def predict(machine: Machine, name: str, rate: float, seconds: float, environments: int) -> dict:
    """`environments`: how many there were at the beginning."""
    example = EXAMPLES[name]
    scenario = {"name": name, "durationSeconds": seconds, "arrival": {"constant": {"perSecond": rate}},
                "service": {"profile": f"{name}.profile.json"}, "fleet": FLEET,
                "function": {"memoryMb": 2048 * example.vcpus, "gibPerVcpu": 2, "concurrency": example.slots,
                             "minEnvironments": environments, "maxEnvironments": example.most, "initMs": 50}}
    file = machine.directory / f"{name}.json"
    file.write_text(json.dumps(scenario))
    done = subprocess.run([machine.bin / "lmi", "simulate", file, "--mode", "exact", "--output", "json"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"lmi simulate: {done.stderr}")
    return json.loads(done.stdout)["runs"][0]["metrics"]


def one_after_the_other(profile: dict, example: Example, rate: float, seconds: float) -> float:
    """p99 in ms, were all calls to pass one server that now and then pauses: each holds it as long as the emulator
    computes for a call, and in addition as long as a call alone exceeded the median by (drawn from the profile). The
    simulator has no such server: a pause there delays one call, here all that come meanwhile."""
    draw = random.Random(1)
    points = sorted((float(percent) / 100, ms) for percent, ms in profile["measured"]["aloneMs"].items())
    median = profile["measured"]["aloneMs"]["50"]
    service = max(profile["measured"]["emulatorCpuMs"], profile["cpuMs"] / CORES)

    def excess() -> float:
        at = draw.random()
        for (low, low_ms), (high, high_ms) in zip(points, points[1:]):
            if at <= high:
                return max(0.0, low_ms + (high_ms - low_ms) * (at - low) / (high - low) - median)
        return 0.0

    ends, latencies = collections.deque(), []
    for call in range(int(rate * seconds)):
        now = 1000 * call / rate
        while ends and ends[0] <= now:
            ends.popleft()
        if len(ends) >= example.slots * example.most:
            continue
        ends.append(max(now, ends[-1] if ends else now) + service + excess())
        latencies.append(ends[-1] - now + max(0.0, median - service))
    return sorted(latencies)[int(0.99 * len(latencies))]


def other_failures(measured: dict) -> int:
    return sum(each["count"] for each in measured["failures"] if each["class"] != "throttled")


def throttles(measured: dict) -> dict:
    """By reason, as a share of the calls. The API's Reason for want of slots has AWS's name for it."""
    shares = dict.fromkeys(REASONS, 0.0)
    for failure in measured["failures"]:
        if failure["class"] != "throttled":
            continue
        reason = next((each for each in REASONS[1:] if each.lower() in failure["detail"].lower()), "Concurrency")
        shares[reason] += 100 * failure["count"] / measured["invocations"]
    return shares


def compared(machine: Machine, name: str, profile: dict, rate: float, length: Length):
    """What was measured beside what is predicted: (figure, measured, predicted)."""
    seconds = length.seconds_at(rate)
    before = machine.ready(name)
    busy, ours = busy_seconds(), machine.cpu_seconds() + children_seconds()
    waited = machine.waited()
    measured = machine.load(name, "--rate", f"{rate:.3f}", *length.arguments())
    waited = machine.waited() - waited
    busy, ours = busy_seconds() - busy, machine.cpu_seconds() + children_seconds() - ours
    environments = machine.ready(name)
    predicted = predict(machine, name, rate, seconds, before)
    yield "answered a second", measured["perSecond"], predicted["succeeded"] / seconds
    shares = throttles(measured)
    for reason in REASONS:
        expected = 100 * predicted["throttles" + reason] / predicted["arrived"]
        if shares[reason] or expected or reason == "Concurrency":
            yield f"{reason}Throttles, % of calls", shares[reason], expected
    if other_failures(measured):
        yield "other failures", other_failures(measured), 0
    if measured["notSent"]:
        yield "not sent (no connection free)", measured["notSent"], 0
    for percentile in ("p50", "p99"):
        yield f"{percentile}, ms", measured["correctedLatencyMs"][percentile], predicted[percentile + "Ms"]
    if not EXAMPLES[name].waits:
        yield ("p99, ms, beside one server that pauses", measured["correctedLatencyMs"]["p99"],
               one_after_the_other(profile, EXAMPLES[name], rate, seconds))
    yield "ready to run while others ran, ms a call answered", 1000 * waited / max(1, measured["succeeded"]), None
    yield "environments at the end", environments, predicted["peakEnvironments"]
    share = 100 * max(0.0, busy - ours) / (CORES * measured["elapsedSeconds"])
    yield "of the cores, taken by others, %", min(100.0, share), None


def figure(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.3g}" if value < 100 else f"{value:.1f}"


def error(measured: float, predicted: float) -> str:
    """Of the prediction."""
    if measured == predicted:
        return "0"
    return f"{100 * (predicted - measured) / measured:+.0f} %" if measured else f"{predicted - measured:+.3g}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_directory", type=pathlib.Path)
    parser.add_argument("--examples", default=",".join(EXAMPLES), help="of these")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    parser.add_argument("--calls", type=int, default=0, help="instead of a time: only to see whether it works")
    parser.add_argument("--markdown", type=pathlib.Path, help="also write the table there")
    arguments = parser.parse_args()
    length = Length(arguments.seconds, arguments.calls)

    lines = [f"{CORES} cores, load average before: {os.getloadavg()[0]:.1f}; "
             f"{' '.join(length.arguments()).strip('-')} each.", "",
             "| example | calls/s | figure | measured | predicted | error |", "|---|---:|---|---:|---:|---:|"]
    directory = pathlib.Path(tempfile.mkdtemp(prefix="lmi-against-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, directory)
        machine = Machine(arguments.bin_directory.resolve(), directory, stack)
        notes = []
        for name in arguments.examples.split(","):
            machine.deploy(name)
            profile = profile_of(machine, name, length)
            limit = saturation(name, profile)
            alone = profile["measured"]
            notes.append(f"{name}: {profile['cpuMs']:.2f} ms of CPU a call ({alone['emulatorCpuMs']:.2f} of it the "
                         f"emulator's), {alone['meanMs']:.2f} ms latency alone; saturated from {limit:.0f} calls a "
                         "second on")
            for rate in (0.5 * limit, 1.5 * limit):
                for what, measured, predicted in compared(machine, name, profile, rate, length):
                    row = [name, figure(round(rate, 1)), what, figure(measured)]
                    row += ["", ""] if predicted is None else [figure(predicted), error(measured, predicted)]
                    lines.append(f"| {' | '.join(row)} |")
    text = "\n".join([*lines, "", *(f"- {note}" for note in notes)]) + "\n"
    print(text, end="")
    if arguments.markdown:
        arguments.markdown.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
