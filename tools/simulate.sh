#!/usr/bin/env bash
# Runs the simulation of tests/simulation with the release build's options.
#   tools/simulate.sh quick       250 seeds from the start, and every planted bug, at first by the
#                                 seed that found it before: part of make check
#   tools/simulate.sh planted     every planted bug, looked for from the start
#   tools/simulate.sh long SEEDS  goes on where an earlier run stopped; remove build/simulation to
#                                 begin anew. Figures end in build/simulation/summary.json
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh release --target simulate
simulate=build/release/tests/simulation/simulate
jobs=${JOBS:-$(nproc)}
mkdir -p build/simulation
# The databases of the worlds live in memory where the machine has room for that.
if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi

if [ "${1:-quick}" = quick ]; then
  $simulate --seeds 250 --jobs "$jobs" --summary build/simulation/quick.json \
    --known tests/simulation/known.txt | tail -n 2
  $simulate --planted --finders tests/simulation/finders.txt --seeds 500 --jobs "$jobs"
elif [ "$1" = planted ]; then
  $simulate --planted --seeds 500 --jobs "$jobs"
else
  $simulate --seeds "${2:-5000}" --jobs "$jobs" --lines build/simulation/seeds.jsonl \
    --summary build/simulation/summary.json
fi
