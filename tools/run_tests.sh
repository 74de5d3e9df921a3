#!/usr/bin/env bash
# Runs the tests of a preset that tools/build.sh built, and counts their cases.
#   tools/run_tests.sh PRESET [REGEX]             only the tests whose ctest name matches
#   tools/run_tests.sh PRESET --without LABEL     only those that have not that label
# End-to-end tests use the binary SIDEBAND_BIN (default: that of the release build).
# The last line is `N passed, N failed, N skipped`; skipped cases are named above it.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
folder=build/${preset/#tests/release}
results=$PWD/$folder/results
rm -rf "$results"
mkdir -p "$results"

export SIDEBAND_BIN=${SIDEBAND_BIN:-$PWD/build/release/src/app/sideband}
# GoogleTest then writes one JSON file for each test binary into this folder.
export GTEST_OUTPUT="json:$results/"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}

only=(${2:+-R "$2"})
if [ "${2:-}" = --without ]; then only=(-LE "$3"); fi

# Many wait for a server or a signal: one more than there are cores.
status=0
ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$((${JOBS:-$(nproc)} + 1))" \
  --output-junit "$results/ctest.xml" "${only[@]}" || status=$?
awk -f tools/count_tests.awk "$results/ctest.xml" "$results"/*.json 2>/dev/null ||
  awk -f tools/count_tests.awk "$results/ctest.xml"
exit "$status"
