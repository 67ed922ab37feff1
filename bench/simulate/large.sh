#!/usr/bin/env bash
# simulate_large: CPU seconds of 24 hours of 10,000 calls a second in fluid mode, on about 1,000 instances and on ten
# times as many (with ten times the calls), and of the exact core for a million calls.
#   bench/simulate/large.sh <bin-directory>
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=${1:?usage: bench/simulate/large.sh <bin-directory>}
TIMEFORMAT='  %U s of CPU, %R s in all'

large=sizing/scenarios/large.json
echo "864 million calls, about 1,000 instances, fluid"
time "$bin/lmi" simulate "$large" --mode fluid | grep -E 'succeeded|instances, most|fluid'
echo "8,640 million calls, about 10,000 instances, fluid"
time "$bin/lmi" simulate "$large" --mode fluid --set arrival.poisson.perSecond=100000 --set min=10000 --set max=10000 \
  --set provider.maxVCpuCount=40000 --set function.memoryMb=4096 | grep -E 'succeeded|instances, most|fluid'
echo "1 million calls, about 1,000 instances, exact"
time "$bin/lmi" simulate "$large" --mode exact --set durationSeconds=100 | grep -E 'succeeded|instances, most|exact'
