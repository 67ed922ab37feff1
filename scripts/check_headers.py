#!/usr/bin/env python3
"""Fails when a public header says nothing about threads, lifetime or errors where it would have to."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADERS = (ROOT / "runtime/include/lmi", ROOT / "runtime/compat/include")
SAYS = {
    "threads": r"[Tt]hreads(:|,)",
    "lifetime or ownership": r"[Ll]ifetime|owns?\b|values? only|any value|outlive|plain values|share nothing|[Oo]wned",
    "errors": r"[Ee]rrors?\b|[Tt]hrows|exception|refused|Nothing when",
}
EXEMPT = {
    "lmi.hpp": SAYS.keys(),  # includes others
    "overlap_point.hpp": ["lifetime or ownership", "errors"],  # one function without either
    "events/time.hpp": ["lifetime or ownership"],
    "aws/lambda-runtime/version.h": ["lifetime or ownership"],
}


def main() -> int:
    missing = []
    for root, header in sorted((root, header) for root in HEADERS for header in root.rglob("*.h*")):
        name = header.relative_to(root).as_posix()
        if name.startswith("detail/"):
            continue
        comments = "\n".join(re.findall(r"//.*", header.read_text()))
        for what, pattern in SAYS.items():
            if what not in EXEMPT.get(name, []) and not re.search(pattern, comments):
                missing.append(f"{name} says nothing about {what}")
    print("\n".join(missing) or "headers ok")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
