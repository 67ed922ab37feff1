#!/usr/bin/env python3
"""Fails when a file includes something from a layer above its own, or a library outside its home."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Lowest layer first. A file may include its own layer and the ones before it.
LAYERS = {
    "runtime/src": ["core", "wire", "events", "transport", "pool", "invoke", "middleware", "telemetry", "entry", "extension",
                    "otlp", "testing", "http_client", "postgres", "redis"],
    "emulator/src": ["model", "fleet", "standard", "loop", "http", "access", "supervisor", "environment", "store", "events", "observe",
                     "control_plane", "app"],
    "sizing/src": ["measure", "simulate"],
}

# Headers with one home: pattern -> the only paths that may include it.
HOMES = {
    r"^uv\.h$": ["emulator/src/supervisor/uv_"],
    r"^sqlite3\.h$": ["emulator/src/store/", "tests/"],
    r"^zlib\.h$": ["emulator/src/control_plane/event_stream.cpp", "tests/"],
    r"^zip\.h$": ["emulator/src/store/", "cli/", "tests/"],
    r"^curl/": ["cli/", "tests/", "bench/"],
    r"^openssl/": ["runtime/src/http_client/tls.cpp", "emulator/", "cli/", "tests/"],
    r"^boost/url": ["runtime/src/http_client/url.cpp"],
    r"^boost/beast": ["emulator/src/http/", "runtime/src/wire/", "runtime/src/events/",
                      "runtime/src/http_client/reply_reader.cpp", "cli/", "bench/", "examples/"],
    r"^boost/asio": ["emulator/src/http/", "emulator/src/loop/", "runtime/", "cli/", "bench/", "examples/", "tests/"],
    r"^boost/json": [],
    r"^libpq": ["runtime/src/postgres/", "tests/"],
    r"^hiredis/": ["runtime/src/redis/"],
    # The emulator shares no code with the runtime: one wrong header name would pass every test.
    r"^lmi/": ["runtime/", "examples/", "tests/", "bench/"],
    r"^(wire|transport|invoke|middleware|telemetry|entry|otlp|core|pool|postgres|redis|http_client)/":
        ["runtime/", "tests/", "bench/"],
}

# Pure cores: the standard library and themselves, and none of what reads clocks, threads or randomness.
PURE = ("fleet", "standard")
IMPURE_STANDARD = {"thread", "mutex", "fstream", "iostream", "filesystem", "future", "condition_variable", "cstdlib",
                   "ctime", "atomic"}


def includes(path: pathlib.Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(), re.M)


def problems(path: pathlib.Path) -> list[str]:
    name = path.relative_to(ROOT).as_posix()
    found = []
    pure = next((core for core in PURE if name.startswith(f"emulator/src/{core}/")), None)
    for header in includes(path):
        for pattern, homes in HOMES.items():
            if re.search(pattern, header) and not any(name.startswith(home) for home in homes):
                found.append(f"{name}: <{header}> may be included only from {homes or 'nowhere'}")
        for root, order in LAYERS.items():
            own, other = name.removeprefix(root + "/").split("/")[0], header.split("/")[0]
            if name.startswith(root) and other in order and order.index(other) > order.index(own):
                found.append(f"{name}: layer '{own}' includes '{header}' from the higher layer '{other}'")
        if pure and ("/" in header and not header.startswith(pure + "/") or header in IMPURE_STANDARD):
            found.append(f"{name}: the pure core may not include <{header}>")
    if pure and re.search(r"(steady_clock|system_clock)::now|random_device", path.read_text()):
        found.append(f"{name}: the pure core may not look at a clock or ask for randomness")
    return found


def main() -> int:
    tops = ("runtime", "emulator", "cli", "sizing", "examples", "tests", "bench")
    files = [p for top in tops for p in (ROOT / top).rglob("*.[ch]pp")]
    found = [line for path in sorted(files) for line in problems(path)]
    print("\n".join(found) or f"layers ok: {len(files)} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
