#!/usr/bin/env bash
# Configures and builds one preset of CMakePresets.json into build/PRESET.
#   tools/build.sh PRESET [--tests-matching REGEX]   only the tests whose ctest name matches
#   tools/build.sh PRESET [--target NAME]            only that
#   tools/build.sh tests                             the preset release, with all tests
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1/#tests/release}
folder=build/$preset
jobs=${JOBS:-$(nproc)}
started=$SECONDS

mkdir -p "$folder"
if ! cmake --preset "$preset" >"$folder/configure.log" 2>&1; then
  cat "$folder/configure.log" >&2
  exit 1
fi

targets=()
if [ "${2:-}" = --tests-matching ]; then
  mapfile -t targets < <(ctest --test-dir "$folder" -N | sed -nE 's/^ *Test +#[0-9]+: //p' |
    grep -E "$3")
elif [ "${2:-}" = --target ]; then
  targets=("$3")
elif [ "$1" = tests ]; then
  targets=(all tests)
fi

cmake --build "$folder" -j "$jobs" ${targets[0]:+--target "${targets[@]}"}
echo "build: $1 took $((SECONDS - started)) s"
