#!/usr/bin/env bash
# Random expressions of the rule language against another implementation of CEL, from npm, below build/.
#   tools/differential.sh [COUNT = 100000] [SEED = 1]
set -euo pipefail
cd "$(dirname "$0")/.."
export SIDEBAND_BIN=${SIDEBAND_BIN:-$PWD/build/release/src/app/sideband}
for program in node npm; do
  command -v "$program" >/dev/null || {
    echo "SKIPPED: differential.sh: there is no $program"
    exit 0
  }
done
into=build/differential
mkdir -p "$into"
cp tests/differential/package.json tests/differential/rules.mjs "$into"
if ! cmp -s tests/differential/package.json "$into/node_modules/.installed-for"; then
  (cd "$into" && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp tests/differential/package.json "$into/node_modules/.installed-for"
fi
node "$into/rules.mjs" "$@"
