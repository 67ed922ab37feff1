#!/usr/bin/env bash
# simulate_large: CPU seconds of 24 hours of 10,000 calls a second on about 1,000 instances in fluid mode; whether ten
# times the instances (with ten times the calls) cost more than ten times as much, over six hours, in which environments
# are rotated once; and of the exact core for a million calls.
#   bench/simulate/large.sh <bin-directory>
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=${1:?usage: bench/simulate/large.sh <bin-directory>}
TIMEFORMAT='  %U s of CPU, %R s in all'

large=sizing/scenarios/large.json
# One environment of 2 vCPUs on each instance: a version has 15,000 environments at most.
six_hours=(--set durationSeconds=21600 --set memory=4096)
some=(--set min=1000 --set max=1000)
ten_times=(--set arrival.poisson.perSecond=100000 --set min=10000 --set max=10000 --set provider.maxVCpuCount=44000)

# simulate <what> <mode> <arguments>
simulate() {
  echo "$1"
  time "$bin/lmi" simulate "$large" --mode "$2" "${@:3}" | grep -E '^ +(succeeded|instances, most|(exact|fluid) mode)'
}

simulate "24 h, 864 million calls, about 1,000 instances, fluid" fluid
simulate "6 h, 216 million calls, about 1,000 instances, fluid" fluid "${six_hours[@]}" "${some[@]}"
simulate "6 h, 2,160 million calls, about 10,000 instances, fluid" fluid "${six_hours[@]}" "${ten_times[@]}"
simulate "1 million calls, about 1,000 instances, exact" exact --set durationSeconds=100
