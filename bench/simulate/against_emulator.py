#!/usr/bin/env python3
"""Measures examples on the live emulator and puts what the simulator predicts beside it.

  bench/simulate/against_emulator.py <bin-directory> [--examples hello,thumbnail,fanout] [--markdown FILE]

For each example: a slow run gives the profile (CPU of a call from the environment's process, the rest of the
latency as waiting or as overhead), which is written as <name>.profile.json; then faster runs are measured and
simulated with that profile. One environment of one vCPU. Whatever else runs on the machine is measured with it:
the load average is printed for that reason.
"""
import argparse
import base64
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PERCENTILES = {"p50": "50", "p90": "90", "p95": "95", "p99": "99", "p99.9": "99.9", "max": "100"}

# Slots, calls a second of the slow run, and of the measured ones; what of a call is not CPU occupies its slot
# (waits) or is the emulator's and the client's (overhead).
EXAMPLES = {
    "hello": {"slots": 16, "slow": 20, "rates": [100, 300], "rest": "overheadMs"},
    "thumbnail": {"slots": 16, "slow": 2, "rates": [8, 16], "rest": "overheadMs"},
    "fanout": {"slots": 8, "slow": 4, "rates": [40, 160], "rest": "waitMs"},
}


def event_of(name: str) -> dict:
    if name == "thumbnail":
        photo = (ROOT / "examples/photos/chelsea.png").read_bytes()
        return {"width": 160, "image": base64.b64encode(photo).decode()}
    return {"requests": 3, "delayMs": 40} if name == "fanout" else {"name": "Ada"}


def cpu_seconds(program: str) -> float:
    """CPU used so far by all processes of this program."""
    ticks = 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"AWS_LAMBDA_FUNCTION_NAME=" + program.encode() + b"\0" not in (process / "environ").read_bytes():
                continue
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


class Emulator:
    def __init__(self, bin_directory: pathlib.Path):
        self.lmi = bin_directory / "lmi"
        self.process = subprocess.Popen([self.lmi, "up", "--port", "0", "--state", "", "--output", "json"],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]

    def command(self, *arguments: str) -> str:
        done = subprocess.run([self.lmi, *arguments, "--endpoint", self.endpoint], capture_output=True, text=True)
        if done.returncode == 2 or not done.stdout:
            sys.exit(f"lmi {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def load(self, name: str, rate: float, seconds: float, event: str) -> dict:
        return json.loads(self.command("load", name, "--rate", str(rate), "--duration", str(seconds), "--warmup", "2",
                                       "--payload", "@" + event, "--output", "json"))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def make_profile(emulator: Emulator, name: str, event: str, seconds: float) -> dict:
    example = EXAMPLES[name]
    before = cpu_seconds(name)
    slow = emulator.load(name, example["slow"], seconds, event)
    # The two seconds of warm-up were paid for, too.
    calls = slow["succeeded"] * (seconds + 2) / seconds
    cpu_ms = (cpu_seconds(name) - before) * 1000 / calls
    rest = {percent: max(0.0, slow["latencyMs"][key] - cpu_ms) for key, percent in PERCENTILES.items()}
    rest["0"] = max(0.0, slow["latencyMs"]["min"] - cpu_ms)
    return {"cpuMs": cpu_ms, example["rest"]: {"percentiles": dict(sorted(rest.items(), key=lambda p: float(p[0])))},
            "measured": {"by": "lmi load", "perSecond": example["slow"], "calls": slow["succeeded"]}}


def predict(simulator: str, directory: pathlib.Path, name: str, rate: float, seconds: float) -> dict:
    scenario = {"name": name, "durationSeconds": seconds, "arrival": {"constant": {"perSecond": rate}},
                "service": {"profile": f"{name}.profile.json"},
                "function": {"concurrency": EXAMPLES[name]["slots"], "minEnvironments": 1, "maxEnvironments": 1}}
    file = directory / f"{name}-{rate}.json"
    file.write_text(json.dumps(scenario))
    done = subprocess.run([simulator, "simulate", file, "--output", "json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["runs"][0]["metrics"]


def rows_of(emulator: Emulator, simulator: str, name: str, bin_directory: pathlib.Path, directory: pathlib.Path,
            seconds: float):
    example = EXAMPLES[name]
    variables = ["--env", f"UPSTREAM=http://127.0.0.1:{os.environ['UPSTREAM_PORT']}"] if name == "fanout" else []
    emulator.command("deploy", str(bin_directory / name), "--name", name, "--concurrency", str(example["slots"]),
                     "--min", "1", "--max", "1", *variables)
    event = directory / f"{name}.event.json"
    event.write_text(json.dumps(event_of(name)))
    profile = make_profile(emulator, name, str(event), seconds)
    (directory / f"{name}.profile.json").write_text(json.dumps(profile, indent=1))
    for rate in example["rates"]:
        measured = emulator.load(name, rate, seconds, str(event))
        predicted = predict(simulator, directory, name, rate, seconds)
        failed = 100 * measured["failed"] / max(1, measured["invocations"])
        yield (name, rate, "failed %", failed, predicted["failedPercent"])
        for label, key in (("mean ms", "mean"), ("p50 ms", "p50"), ("p90 ms", "p90"), ("p99 ms", "p99")):
            yield (name, rate, label, measured["latencyMs"][key], predicted[key + "Ms"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_directory", type=pathlib.Path)
    parser.add_argument("--simulator", help="an lmi to simulate with [the one in the directory]")
    parser.add_argument("--examples", default="hello,thumbnail,fanout")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--markdown", type=pathlib.Path)
    arguments = parser.parse_args()
    simulator = arguments.simulator or str(arguments.bin_directory / "lmi")

    names = arguments.examples.split(",")
    lines = [f"Load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.", "",
             "| example | calls/s | figure | measured | predicted | error |", "|---|---:|---|---:|---:|---:|"]
    with tempfile.TemporaryDirectory(prefix="lmi-predict-") as scratch, contextlib.ExitStack() as stack:
        emulator = Emulator(arguments.bin_directory)
        stack.callback(emulator.stop)
        if "fanout" in names:
            upstream = subprocess.Popen([arguments.bin_directory / "upstream", "0"], stdout=subprocess.PIPE, text=True)
            stack.callback(upstream.wait)
            stack.callback(upstream.terminate)
            os.environ["UPSTREAM_PORT"] = "".join(c for c in upstream.stdout.readline().rsplit(":", 1)[-1] if c.isdigit())
        for name in names:
            for example, rate, figure, measured, predicted in rows_of(
                    emulator, simulator, name, arguments.bin_directory, pathlib.Path(scratch), arguments.seconds):
                error = f"{100 * (predicted - measured) / measured:+.0f} %" if measured else f"{predicted - measured:+.2g}"
                lines.append(f"| {example} | {rate} | {figure} | {measured:.2f} | {predicted:.2f} | {error} |")
    print("\n".join(lines))
    if arguments.markdown:
        arguments.markdown.write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
