"""Runs docs/aws_cli.md: its shell blocks one after the other, and compares what each prints with the JSON below it."""

import json
import os
import pathlib
import re
import subprocess
import sys

from conftest import PATIENCE, package

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "aws_cli.md"


def blocks():
    """(language, text) of each fenced block, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S)


def fits(shown, printed):
    """Whether everything that is shown was printed; "…" stands for anything."""
    if shown == "…":
        return True
    if isinstance(shown, dict):
        return isinstance(printed, dict) and all(
            key in printed and fits(value, printed[key]) for key, value in shown.items())
    return shown == printed


def test_every_command_of_the_document_does_what_it_shows(emulator, tmp_path):
    (tmp_path / "function.zip").write_bytes(package())
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_PAGER": "",
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL_LAMBDA": emulator.endpoint,
                   "AWS_ENDPOINT_URL_STS": emulator.endpoint, "AWS_CONFIG_FILE": str(tmp_path / "none"),
                   "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
                   "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]}
    printed = None
    commands = compared = 0
    for language, text in blocks():
        if language == "sh":
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=tmp_path, env=environment,
                                  capture_output=True, text=True, timeout=PATIENCE, check=False)
            assert done.returncode == 0, f"{text}\n{done.stderr}"
            printed = done.stdout
            commands += text.count("aws ")
        else:
            assert language == "json", language
            assert fits(json.loads(text), json.loads(printed)), f"shown:\n{text}\nprinted:\n{printed}"
            compared += 1
    assert commands >= 20
    assert compared >= 12
