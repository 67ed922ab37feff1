"""An emulator in a process of its own, a client for its API, and nothing but the standard library."""

import base64
import http.client
import io
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse
import zipfile

BIN = pathlib.Path(os.environ["LMI_BIN"])
LMI = BIN / "lmi"
PATIENCE = 60  # seconds for anything that has to happen at some time; generous, for a loaded machine

# The emulator wants the form of a signature and does not check its value (DESIGN: a shared secret would
# protect nothing on loopback); real clients with real signatures are in tests/clients.
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64,
    "X-Amz-Date": "20260101T000000Z",
}


def wait_until(condition, what):
    """The first true value of `condition`, asked again and again."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)  # between questions; the condition decides, not the time
    raise AssertionError(f"waited {PATIENCE} s in vain for {what}")


def zipped(program):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o100755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, pathlib.Path(program).read_bytes())
    return buffer.getvalue()


def alive(pid):
    """Whether the process runs; a zombie does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.body = response.read()
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    @property
    def function_error(self):
        return self.headers.get("x-amz-function-error")

    @property
    def error_code(self):
        return self.headers.get("x-amzn-errortype", "").split(":")[0]


class Client:
    """One kept-alive connection. Not for two threads at once."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def request(self, method, path, body=None, headers=None):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        self._connection.request(method, path, data, {**SIGNED, **(headers or {})})
        return Answer(self._connection.getresponse())

    def ok(self, method, path, body=None):
        answer = self.request(method, path, body)
        assert answer.status // 100 == 2, f"{method} {path}: {answer.status} {answer.body!r}"
        return answer.json if answer.body else None

    def invoke(self, name, event, qualifier=None):
        query = f"?Qualifier={urllib.parse.quote(qualifier)}" if qualifier else ""
        return self.request("POST", f"/2015-03-31/functions/{name}/invocations{query}", event)

    def close(self):
        self._connection.close()


class Call(threading.Thread):
    """An invocation under way on a connection of its own."""

    def __init__(self, port, name, event):
        super().__init__(daemon=True)
        self._port, self._name, self._event = port, name, event
        self.answer = None
        self.failure = None
        self.start()

    def run(self):
        client = Client(self._port)
        try:
            self.answer = client.invoke(self._name, self._event)
        except (OSError, http.client.HTTPException) as failure:
            self.failure = failure
        finally:
            client.close()

    def result(self):
        self.join(PATIENCE)
        assert self.failure is None, f"no answer: {self.failure}"
        assert self.answer is not None, "no answer in time"
        return self.answer


class Emulator:
    """`lmi up` on a free port in a temporary directory; stopped and removed at the end of the test."""

    def __init__(self, test, state=None, port=0):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="lmi-integration-"))
        test.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.state = state or self.directory / "state.db"
        self._test = test
        self.client = Client(port)
        self.start(port)

    def start(self, port=0):
        # A busy machine may be slow to poll again; tests of refusals fill their slots before they ask for one.
        command = [LMI, "up", "--port", str(port), "--state", self.state, "--output", "json", "--log-level", "warn",
                   "--repoll-grace", str(PATIENCE * 1000 // 2)]
        with open(self.directory / "stderr", "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        self._test.addCleanup(self._end, self.process)
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if ready else b""
        assert line, f"no ready line; stderr: {self.stderr()}"
        self.greeting = json.loads(line)
        self.port = urllib.parse.urlsplit(self.greeting["endpoint"]).port
        self.client = Client(self.port)

    def stderr(self):
        return (self.directory / "stderr").read_text()

    def stop(self):
        """Asks it to stop; its exit code."""
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def _end(self, process):
        self.client.close()
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        process.stdout.close()

    @property
    def environments_directory(self):
        return pathlib.Path(f"{self.state}.d") / "environments"

    # ---- The fleet as the emulator shows it ----

    def fleet(self):
        return self.client.ok("GET", "/_lmi/environments")

    def environments(self, name=None):
        shown = self.fleet()["environments"]
        return [each for each in shown if name in (None, each["functionName"])]

    def ready(self, name):
        return [each for each in self.environments(name) if each["state"] == "ready"]

    def in_flight(self, name):
        return sum(each["inFlight"] for each in self.environments(name))

    def logs(self, name, after=0, wait=0):
        return self.client.ok("GET", f"/_lmi/logs?function={name}&after={after}&wait={wait}")

    # ---- What a user does ----

    def create_provider(self, name="provider", subnets=("subnet-1", "subnet-2", "subnet-3"), max_vcpus=400):
        role = "arn:aws:iam::000000000000:role/operator"
        self.client.ok(
            "POST",
            "/2025-11-30/capacity-providers",
            {
                "CapacityProviderName": name,
                "VpcConfig": {"SubnetIds": list(subnets), "SecurityGroupIds": ["sg-1"]},
                "PermissionsConfig": {"CapacityProviderOperatorRoleArn": role},
                "InstanceRequirements": {"Architectures": [ARCHITECTURE]},
                "CapacityProviderScalingConfig": {"MaxVCpuCount": max_vcpus},
            },
        )
        shown = wait_until(lambda: self._active_provider(name), "the capacity provider to be active")
        return shown["CapacityProviderArn"]

    def _active_provider(self, name):
        shown = self.client.ok("GET", f"/2025-11-30/capacity-providers/{name}")["CapacityProvider"]
        return shown if shown["State"] == "Active" else None

    def create_function(self, name, program, provider_arn, concurrency=1, timeout=30, variables=None):
        """`program`: the path of what becomes bootstrap, or the bytes of a whole package."""
        package = program if isinstance(program, bytes) else zipped(program)
        managed = {
            "CapacityProviderArn": provider_arn,
            "PerExecutionEnvironmentMaxConcurrency": concurrency,
            "ExecutionEnvironmentMemoryGiBPerVCpu": 2.0,
        }
        self.client.ok(
            "POST",
            "/2015-03-31/functions",
            {
                "FunctionName": name,
                "Runtime": "provided.al2023",
                "Role": "arn:aws:iam::000000000000:role/function",
                "Handler": "bootstrap",
                "Architectures": [ARCHITECTURE],
                "MemorySize": 2048,
                "Timeout": timeout,
                "Environment": {"Variables": variables or {}},
                "Code": {"ZipFile": base64.b64encode(package).decode()},
                "CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": managed},
            },
        )
        self.configuration(name, until=lambda shown: shown["State"] != "Pending")

    def configuration(self, name, qualifier=None, until=lambda shown: True):
        query = f"?Qualifier={urllib.parse.quote(qualifier)}" if qualifier else ""

        def settled():
            shown = self.client.ok("GET", f"/2015-03-31/functions/{name}/configuration{query}")
            return shown if until(shown) else None

        return wait_until(settled, f"{name} {qualifier or ''} to settle")

    def publish(self, name, to="LATEST_PUBLISHED"):
        """Publishes and waits; the configuration of the published version, Active or Failed."""
        body = {"PublishTo": to} if to else {}
        published = self.client.ok("POST", f"/2015-03-31/functions/{name}/versions", body)
        return self.configuration(
            name, published["Version"], until=lambda shown: shown["State"] in ("Active", "Failed")
        )

    def deploy(self, name, program, **options):
        self.create_function(name, program, self.create_provider(f"{name}-provider"), **options)
        published = self.publish(name)
        assert published["State"] == "Active", published


ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}[os.uname().machine]
