#!/usr/bin/env bash
# Counts instructions with valgrind and holds them to bench/instructions.txt; part of make check.
#   tools/instructions.sh            fails where a count is more than 10 % above its figure
#   tools/instructions.sh --renew    writes the figures anew; the difference is for a reviewer
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh release --target instruction_programs
export PYTHONDONTWRITEBYTECODE=1
exec python3 bench/instructions.py "$@"
