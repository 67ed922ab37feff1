#!/usr/bin/env python3
"""Fails when docs/compatibility.md and the emulator disagree: every operation of the API model has one row, and a row
says "not implemented" just when control_plane/actions.cpp does not have the operation."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = "docs/compatibility.md"
DATA = ROOT / "emulator/src/model/data"
STATES = ("full", "partial", "not implemented")


def model_operations() -> set[str]:
    names: set[str] = set()
    for file in ("lambda-2015-03-31.json", "amendments.json"):
        operations = json.loads((DATA / file).read_text()).get("operations", {})
        names.update(name for name, value in operations.items() if isinstance(value, dict))
    return names


def performed_operations() -> set[str]:
    table = (ROOT / "emulator/src/control_plane/actions.cpp").read_text()
    return set(re.findall(r'\{"(\w+)",\s*\w+\}', table))


def rows() -> list[tuple[str, str, str]]:
    """(operation, state, what is missing) of each row."""
    found = re.findall(r"^\| `(\w+)` \| ([^|]+?) \| ?([^|]*?) ?\|$", (ROOT / DOCUMENT).read_text(), re.M)
    return [(name, state, text) for name, state, text in found]


def problems() -> list[str]:
    model, performed, table = model_operations(), performed_operations(), rows()
    found = []
    names = [name for name, _, _ in table]
    found += [f"{name} has no row" for name in sorted(model - set(names))]
    found += [f"{name} is no operation of the model" for name in sorted(set(names) - model)]
    found += [f"{name} has more than one row" for name in sorted({n for n in names if names.count(n) > 1})]
    for name, state, text in table:
        if state not in STATES:
            found.append(f"{name}: the state is one of {', '.join(STATES)}, not '{state}'")
        if state == "partial" and not text:
            found.append(f"{name}: a partial operation says what is missing")
        if state == "not implemented" and name in performed:
            found.append(f"{name} is said not to be implemented, but actions.cpp has it")
        if state != "not implemented" and name not in performed:
            found.append(f"{name} is said to be implemented, but actions.cpp does not have it")
    return found


def main() -> int:
    found = problems()
    print("\n".join(f"{DOCUMENT}: {line}" for line in found) or f"compatibility ok: {len(rows())} operations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
