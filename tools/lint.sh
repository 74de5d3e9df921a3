#!/usr/bin/env bash
# Runs the checks of .clang-tidy.
#   tools/lint.sh            over every source of src/
#   tools/lint.sh FILE...    over these
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/lint
started=$SECONDS
if ! command -v clang-tidy >/dev/null; then
  echo "lint: clang-tidy is not installed (Debian: apt-get install clang-tidy)" >&2
  exit 1
fi
mkdir -p "$folder"
# Precompiled headers would have to be built first; without launcher the commands are plain.
if ! cmake --preset clang -B "$folder" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DSIDEBAND_CCACHE=OFF \
  >"$folder/configure.log" 2>&1; then
  cat "$folder/configure.log" >&2
  exit 1
fi
files=("$@")
if [ ${#files[@]} = 0 ]; then
  mapfile -t files < <(git ls-files 'src/*.cpp' ':!:*_test.cpp')
fi
printf '%s\n' "${files[@]}" |
  xargs -P "${JOBS:-$(nproc)}" -n 1 clang-tidy --quiet -p "$folder" 2>"$folder/talk.log" ||
  { echo "lint: findings" >&2; exit 1; }
echo "lint: ${#files[@]} sources in $((SECONDS - started)) s"
