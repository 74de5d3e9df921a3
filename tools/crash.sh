#!/usr/bin/env bash
# Kills the release binary at every named point, on both stores, and checks what it promises.
#   tools/crash.sh CYCLES   goes on where an earlier run stopped; remove build/crash to begin anew.
#                           Figures end in build/crash/summary.json, what is left of worlds that
#                           failed in build/crash/failed/
#   tools/crash.sh --only N cycle N again
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh release
tools/build.sh release --tests-matching '^e2e_crash_cycles$'
export SIDEBAND_BIN=${SIDEBAND_BIN:-$PWD/build/release/src/app/sideband}
# The worlds live in memory where the machine has room for that: a kill loses no written page.
if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
what=(--cycles "${1:-1000}" --jobs "${JOBS:-$(nproc)}")
if [ "${1:-}" = --only ]; then what=(--only "$2"); fi
exec build/release/tests/e2e/e2e_crash_cycles --folder build/crash "${what[@]}"
