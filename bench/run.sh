#!/usr/bin/env bash
# The benchmarks: JSON lines on standard output and in build/bench-results/, a table at the end.
#   bench/run.sh [--quick | --full] [PART ...]     parts: repairs pgstore million verify footprint fleet harm pgharm
#                                                  detect drift busy scaling; --full: scaling also with 10,000,000 rows
# `make bench` builds what it needs and runs all of them. docs/performance.md says what they measure.
set -euo pipefail
cd "$(dirname "$0")/.."
bench/setup.sh
if [ ! -x build/bench/bench/request_path ] || [ ! -x build/bench/src/app/sideband ]; then
  echo "bench: not built yet; run: tools/build.sh bench" >&2
  exit 1
fi
export PYTHONDONTWRITEBYTECODE=1
exec python3 bench/main.py "$@"
