#!/usr/bin/env bash
# The main job on real input, from start to end: `./run demo` calls it with the directory of the programs.
# Exit code 0 only if every photograph came back right, no environment ran more at once than it has slots, no scratch
# directory was left and nothing of it runs any more.
set -euo pipefail

bin=$(cd "${1:?usage: scripts/demo.sh DIRECTORY_OF_PROGRAMS}" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# More slots than calls: a slot is busy a moment longer than its caller waits, because it has to poll again, and on a
# loaded machine that moment is long.
width=160 slots=16 environments=5 at_once=64 invocations=512
work=$(mktemp -d "${TMPDIR:-/tmp}/lmi-demo-XXXXXX")
emulator='' load='' wrong=''

say() { printf '\n== %s\n' "$*"; }
fail() { printf '\ndemo failed: %s\n' "$*" >&2; exit 1; }

# On every way out: the emulator stops (and takes its environments with it), the directory goes.
clean_up() {
  local status=$?
  trap - EXIT INT TERM HUP
  [ -z "$load" ] || kill -TERM "$load" 2>/dev/null || true
  if [ -n "$emulator" ] && kill -0 "$emulator" 2>/dev/null; then
    kill -TERM "$emulator"
    wait "$emulator" || { [ "$status" -ne 0 ] || status=1; printf 'the emulator did not stop cleanly\n' >&2; }
  fi
  if [ "$status" -ne 0 ] && [ -s "$work/emulator.log" ]; then
    printf '\nlast lines of the emulator:\n' >&2
    tail -n 20 "$work/emulator.log" >&2
  fi
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# member NAME FILE: the number or string of that name, once for each time it occurs. Only for JSON that lmi printed.
member() { grep -o "\"$1\":[^,}]*" "$2" | cut -d: -f2- | tr -d '"'; }

say "starting the emulator on a free port, in $work"
mkdir "$work/tmp" "$work/events"
TMPDIR="$work/tmp" "$bin/lmi" up --port 0 --state "$work/state.db" --output json --log-level warn \
  >"$work/up.json" 2>"$work/emulator.log" &
emulator=$!
for _ in $(seq 200); do
  [ ! -s "$work/up.json" ] || break
  kill -0 "$emulator" 2>/dev/null || { emulator=; fail "the emulator did not start: $(cat "$work/emulator.log")"; }
  sleep 0.05
done
LMI_ENDPOINT=$(grep -o 'http://[0-9.]*:[0-9]*' "$work/up.json" | head -n 1) || fail "the emulator printed no endpoint"
export LMI_ENDPOINT
echo "$LMI_ENDPOINT"

say "deploying thumbnail: $environments environments of $slots slots on a capacity provider of its own"
"$bin/lmi" deploy "$bin/thumbnail" --name thumbnail --provider demo --memory 2048 --concurrency "$slots" \
  --timeout 60 --min "$environments" --max "$environments"

photos=0
for photo in examples/photos/*.jpg examples/photos/*.png; do
  name=$(basename "${photo%.*}")
  { printf '{"width":%d,"image":"' "$width"; base64 -w 0 "$photo"; printf '"}'; } >"$work/events/$name.json"
  photos=$((photos + 1))
done

say "sending $photos photographs, $at_once at a time, $invocations times in all"
# In the background, because bash acts on a signal only once the command in the foreground has ended.
"$bin/lmi" load thumbnail --concurrency "$at_once" --requests "$invocations" --payload-dir "$work/events" \
  --save-responses "$work/answers" --output json >"$work/load.json" &
load=$!
wait "$load" || [ -s "$work/load.json" ] || fail "the load could not be sent"
load=

say "checking every image that came back"
# libpng has an opinion on the colour profile of two of the photographs.
"$bin/check_thumbnails" examples/photos "$work/answers" "$width" 2>&1 | { grep -v '^libpng warning' || true; } \
  || wrong="some images are wrong"
[ "$(find "$work/answers" -type f | wc -l)" -eq "$invocations" ] || wrong="not every answer was kept"

"$bin/lmi" status thumbnail --output json >"$work/status.json"
"$bin/lmi" logs thumbnail >"$work/log.txt"
latency=$(sed 's/.*"latencyMs":\({[^}]*}\).*/\1/' "$work/load.json")
printf '%s' "$latency" >"$work/latency.json"
peaks=$(member peakInFlight "$work/status.json" | tr '\n' ' ')
left=$(member tmpEntries "$work/status.json" | awk '{sum += $1} END {print sum + 0}')
failed=$(member failed "$work/load.json")
by_class=$({ grep -o '"class":"[^"]*"\|"count":[0-9]*' "$work/load.json" || true; } | awk -F'["]+' '
  $2 == "class" {class = $4}
  $2 == "count" && class != "" {sub(/^:/, "", $3); printf "%s %s %s", (shown++ ? "," : " ="), $3, class; class = ""}')

say "result"
"$bin/lmi" status thumbnail
cat <<TABLE

  invocations                 $(member invocations "$work/load.json")
  invocations/s               $(member perSecond "$work/load.json" | awk '{printf "%.1f", $1}')
  latency p50 / p95 / p99     $(awk -v a="$(member p50 "$work/latency.json")" -v b="$(member p95 "$work/latency.json")" \
    -v c="$(member p99 "$work/latency.json")" 'BEGIN {printf "%.0f / %.0f / %.0f ms", a, b, c}')
  errors                      $failed$by_class
  environments                $(member id "$work/status.json" | grep -c '^ee' || true)
  at once in each             $peaks
  scratch directories left    $left
TABLE

say "one log line"
grep thumbnail.done "$work/log.txt" | tail -n 1 || fail "the function's log lines did not arrive"

[ "$failed" -eq 0 ] || fail "$failed invocations failed$by_class"
[ -z "$wrong" ] || fail "$wrong"
[ "$left" -eq 0 ] || fail "$left scratch directories are left"
for peak in $peaks; do
  [ "$peak" -le "$slots" ] || fail "an environment of $slots slots ran $peak at once"
  [ "$peak" -gt 1 ] || fail "an environment never ran two at once"
done
[ "$(echo "$peaks" | wc -w)" -ge "$environments" ] || fail "fewer than $environments environments"

say "stopping"
kill -TERM "$emulator"
wait "$emulator" || fail "the emulator ended with code $?"
emulator=
for process in /proc/[0-9]*; do
  case "$(readlink "$process/exe" 2>/dev/null || true)" in
    "$work"/*) fail "process ${process#/proc/} still runs" ;;
  esac
done
[ -z "$(find "$work/tmp" -mindepth 1 -print -quit)" ] || fail "the emulator left files: $(find "$work/tmp" | head -n 5)"
say "demo done in $SECONDS s"
