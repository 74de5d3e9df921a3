#!/usr/bin/env bash
# Lets clang read every source of the build: its warnings and -Wthread-safety, without code.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/clang-pass
started=$SECONDS
mkdir -p "$folder"
# Precompiled headers would have to be built first; without launcher the commands are plain.
if ! cmake --preset clang -B "$folder" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DSIDEBAND_BENCH=ON \
  -DSIDEBAND_CCACHE=OFF >"$folder/configure.log" 2>&1; then
  cat "$folder/configure.log" >&2
  exit 1
fi
sed -nE 's/^ *"command": "(.*)",$/\1/p' "$folder/compile_commands.json" |
  sed -E 's/\\(.)/\1/g; s/ -o [^ ]+ -c / -fsyntax-only /' >"$folder/commands"
(cd "$folder" && xargs -P "${JOBS:-$(nproc)}" -d '\n' -n 1 sh -c 'eval "$1"' sh) \
  <"$folder/commands" || { echo "clang-pass: failed" >&2; exit 1; }
echo "clang-pass: $(wc -l <"$folder/commands") sources in $((SECONDS - started)) s"
