#!/usr/bin/env bash
# Runs the shell blocks of README.md's "A first reconciler", as they are, with the binary
# SIDEBAND_BIN. The only command that may fail is the first diff, which finds the drift.
set -uo pipefail
readme=$(realpath "$(dirname "$0")/../../README.md")
if [ ! -x "${SIDEBAND_BIN:-}" ]; then
  echo "readme_test: SIDEBAND_BIN is not set" >&2
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p build/release/src/app
ln -s "$SIDEBAND_BIN" build/release/src/app/sideband

{
  echo "set -E; trap 'echo \"\$? \$BASH_COMMAND\" >>failed' ERR"
  sed -n '/^## A first reconciler/,/^## More/p' "$readme" | sed -n '/^```sh/,/^```$/p' | grep -v '^```'
} >commands
env -u SIDEBAND_TOKEN_FILE -u SIDEBAND_SOCKET bash commands >output 2>&1
wait

cat output
want="1 sideband diff app-config"
if [ "$(cat failed)" != "$want" ]; then
  printf 'readme_test: these commands failed:\n%s\nexpected only:\n%s\n' "$(cat failed)" "$want" >&2
  exit 1
fi
grep -q 'level: info' demo/live/app.yaml || { echo "readme_test: not repaired" >&2; exit 1; }
grep -q converged output || { echo "readme_test: no converged repair listed" >&2; exit 1; }
