#!/usr/bin/env bash
# Lets clang read every source of the build: its warnings and -Wthread-safety, without code.
#   tools/clang_pass.sh           each source by itself, so that a missing include is found
#   tools/clang_pass.sh together  as the unity build does, in a third of the time
set -euo pipefail
cd "$(dirname "$0")/.."
unity=OFF
if [ "${1:-}" = together ]; then unity=ON; fi
folder=build/clang-pass
started=$SECONDS
mkdir -p "$folder"
# Without precompiled headers, which would hide a missing include; without launcher the commands are plain.
if ! cmake --preset clang -B "$folder" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DSIDEBAND_BENCH=ON \
  -DSIDEBAND_CCACHE=OFF -DSIDEBAND_UNITY=$unity >"$folder/configure.log" 2>&1; then
  cat "$folder/configure.log" >&2
  exit 1
fi
# What stands in one source of a batch shadows nothing in another one.
shadow=''
if [ $unity = ON ]; then shadow='-Wno-shadow '; fi
sed -nE 's/^ *"command": "(.*)",$/\1/p' "$folder/compile_commands.json" |
  sed -E 's/\\(.)/\1/g; s/ -o [^ ]+ -c / -fsyntax-only '"$shadow"'/' >"$folder/commands"

# GoogleTest's headers take longer than most tests, and every test has them: they are read once.
headers=$folder/gmock.pch
like_a_test=$(grep -m 1 -- '-include gmock/gmock.h' "$folder/commands" |
  sed -E 's/ -include gmock[^ ]*//; s/ -fsyntax-only .*//; s/ -DSIDEBAND[^ ]*//g')
echo '#include <gmock/gmock.h>' >"$folder/gmock.h"
eval "$like_a_test -x c++-header $folder/gmock.h -o $headers"
sed -i "s# -include gmock/gmock.h# -include-pch $PWD/$headers#" "$folder/commands"

(cd "$folder" && xargs -P "${JOBS:-$(nproc)}" -d '\n' -n 1 sh -c 'eval "$1"' sh) \
  <"$folder/commands" || { echo "clang-pass: failed" >&2; exit 1; }
echo "clang-pass: $(wc -l <"$folder/commands") sources in $((SECONDS - started)) s"
