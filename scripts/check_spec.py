#!/usr/bin/env python3
"""Fails when SPECIFICATION.md names a test or benchmark that does not exist.

A promise names its proof in backticks in the table's last column: `Suite.Test` for a GoogleTest case,
`path::name` for a Python test, `bench:name` for a part of bench/run.sh or a scenario of its runtime_bench.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def tracked(*patterns: str) -> str:
    names = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return "\n".join((ROOT / name).read_text(errors="replace") for name in names.stdout.split())


def main() -> int:
    rows = [line for line in (ROOT / "SPECIFICATION.md").read_text().splitlines() if line.startswith("|")]
    proofs = {proof for row in rows for proof in re.findall(r"`([^`]+)`", row.rstrip("|").rsplit("|", 1)[-1])}
    tests = tracked("tests/**")
    benches = set(re.findall(r'^echo "== (\w+)"$', tracked("bench/run.sh"), re.MULTILINE))
    benches |= set(re.findall(r'\{"(\w+)", lmi::bench::', tracked("bench/runtime/main.cpp")))
    missing = []
    for proof in sorted(proofs):
        if proof.startswith("bench:"):
            found = proof.removeprefix("bench:") in benches  # exactly: "start" is in many a text
        elif "::" in proof:
            path, name = proof.split("::")
            found = (ROOT / path).exists() and f"def {name}(" in (ROOT / path).read_text()
        else:
            suite, _, name = proof.partition(".")
            found = re.search(rf"TEST(_[FP])?\(\s*{re.escape(suite)},\s*{re.escape(name)}\)", tests) is not None
        if not found:
            missing.append(proof)
    print("\n".join(f"SPECIFICATION.md names {name}, which does not exist" for name in missing)
          or f"specification ok: {len(proofs)} proofs named")
    return 1 if missing or not proofs else 0


if __name__ == "__main__":
    sys.exit(main())
