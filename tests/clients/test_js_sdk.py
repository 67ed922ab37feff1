"""Runs the acceptance calls of js/acceptance.test.mjs: packages and emulators for them are made here."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import Emulator, package
from test_scaling import WAITING

HERE = pathlib.Path(__file__).parent
OLDEST_NODE = 20  # what the SDK's current version asks for; Debian 12 has 18
# npm fetches some twenty packages; the forty calls take a minute on an idle machine.
PATIENCE = 900


def missing_node():
    if not shutil.which("node") or not shutil.which("npm"):
        return f"node and npm are not installed: the AWS SDK for JavaScript needs Node.js {OLDEST_NODE} or newer"
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.match(r"v(\d+)", said)[1]) < OLDEST_NODE:
        return f"Node.js {said.strip()} is too old: the AWS SDK for JavaScript needs {OLDEST_NODE} or newer"
    return None


@pytest.fixture(scope="module")
def project():
    """The test file beside its packages, as the lock file names them; kept from run to run."""
    if why := missing_node():
        pytest.skip(why)
    directory = pathlib.Path(os.environ["LMI_JS_DIRECTORY"])
    directory.mkdir(parents=True, exist_ok=True)
    installed = directory / "installed.json"
    lock = (HERE / "js" / "package-lock.json").read_bytes()
    for name in ("package.json", "package-lock.json", "acceptance.test.mjs"):
        shutil.copy(HERE / "js" / name, directory)
    if not installed.exists() or installed.read_bytes() != lock:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=directory, check=True, timeout=PATIENCE)
        installed.write_bytes(lock)
    return directory


def waiting(tmp_path):
    """WAITING, with the name of its own file for each call."""
    program = tmp_path / "waiting"
    changed = WAITING.replace('open(call["started"] + "/" + request_id, "w")', 'open(call["started"], "w")')
    assert changed != WAITING
    program.write_text(changed)
    return program


def test_the_forty_calls_with_the_sdk_for_javascript(project, tmp_path):
    packages = {"hello": package(), "hello2": package(extra=b"two"), "waiting": package(waiting(tmp_path)),
                "streaming": package(HERE / "streaming_bootstrap.py")}
    for name, content in packages.items():
        (tmp_path / f"{name}.zip").write_bytes(content)
    emulator = Emulator(tmp_path / "lmi.db")
    verifying = Emulator(tmp_path / "verifying.db", "--verify-signatures")
    try:
        environment = {**os.environ, "LMI_ENDPOINT": emulator.endpoint, "LMI_VERIFYING_ENDPOINT": verifying.endpoint,
                       "LMI_JS_PACKAGES": str(tmp_path)}
        done = subprocess.run(["node", "--test", "--test-reporter=tap", "acceptance.test.mjs"], cwd=project,
                              env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    finally:
        codes = [emulator.stop(), verifying.stop()]
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass 40$", done.stdout, re.M), done.stdout
    assert codes == [0, 0]
