"""What was accepted survives: a clean restart and a kill."""

import os
import subprocess

from conftest import (PATIENCE, Emulator, create_function, create_provider, package, publish_latest, wait_for_version)


def test_a_restart_brings_everything_back(tmp_path):
    emulator = Emulator(tmp_path / "lmi.db")
    client = emulator.client()
    create_provider(client)
    create_function(client)
    publish_latest(client)
    assert emulator.stop() == 0

    emulator = Emulator(tmp_path / "lmi.db")
    client = emulator.client()
    wait_for_version(client, "f", "$LATEST.PUBLISHED")
    assert b"Ada" in client.invoke(FunctionName="f", Payload=b'{"name":"Ada"}')["Payload"].read()
    assert emulator.stop() == 0


def test_what_was_answered_survives_a_kill(tmp_path):
    emulator = Emulator(tmp_path / "lmi.db")
    create_provider(emulator.client())
    create_function(emulator.client(), wait=False, Code={"ZipFile": package(extra=b"x" * 100000)})
    emulator.process.kill()
    emulator.process.wait(timeout=PATIENCE)
    emulator.process.stdout.close()

    emulator = Emulator(tmp_path / "lmi.db")
    client = emulator.client()
    assert client.get_function(FunctionName="f")["Configuration"]["State"] == "ActiveNonInvocable"
    publish_latest(client)
    assert b"Ada" in client.invoke(FunctionName="f", Payload=b'{"name":"Ada"}')["Payload"].read()
    assert emulator.stop() == 0


def refused(state):
    done = subprocess.run([os.environ["LMI"], "up", "--port", "0", "--state", str(state), "--output", "json"],
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode != 0
    return done.stderr


def test_a_state_file_in_use_is_refused(tmp_path):
    emulator = Emulator(tmp_path / "lmi.db")
    assert "is in use by another emulator" in refused(tmp_path / "lmi.db")
    assert emulator.stop() == 0


def test_a_file_that_is_none_of_ours_is_left_alone(tmp_path):
    diary = tmp_path / "diary"
    diary.write_text("dear diary\n" * 100)
    assert "is not a state file of the emulator" in refused(diary)
    assert diary.read_text() == "dear diary\n" * 100


def test_a_place_that_cannot_hold_a_state_file_is_named(tmp_path):
    (tmp_path / "file").touch()
    assert "--state" in refused(tmp_path / "file" / "lmi.db")
