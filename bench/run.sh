#!/usr/bin/env bash
# Every benchmark, in one run on one machine, so that its numbers may be compared with each other.
#   bench/run.sh <bin-directory> [arguments of runtime_bench]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=${1:?usage: bench/run.sh <bin-directory> [arguments]}
shift

printf 'machine: %s, %s cores, kernel %s, %s\n' "$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs)" \
  "$(nproc)" "$(uname -r)" "$(g++ --version | head -n 1)"
if peer=$(bench/peers/aws_lambda_cpp/build.sh build/peers); then
  "$bin/runtime_bench" --bin "$bin" --peer "$peer" "$@"
else
  echo "aws-lambda-cpp is not here to compare with; its columns are left out" >&2
  "$bin/runtime_bench" --bin "$bin" "$@"
fi

echo "== pool"
"$bin/pool_bench" --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true \
  --benchmark_report_aggregates_only=true

echo "== http_client"
[ ! -x "$bin/http_client_bench" ] || "$bin/http_client_bench"

echo "== router"
"$bin/router_bench" --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true \
  --benchmark_report_aggregates_only=true

echo "== fleet_histories"
"$bin/fleet_histories"

echo "== simulate_large"
bench/simulate/large.sh "$bin"

echo "== simulate_validate"
"$bin/lmi" simulate --validate sizing/scenarios/published/*.json

echo "== simulate_against_emulator"
bench/simulate/against_emulator.py "$bin"
