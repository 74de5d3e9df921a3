#!/usr/bin/env bash
# What the benchmarks need beside the build: Python, the Redis tools, npm, the rivals of `drift`, and
# the BullMQ packages with a Node of their own, below build/. Safe to repeat; installs only what is
# missing.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v python3 >/dev/null || packages+=(python3)
command -v redis-cli >/dev/null || packages+=(redis-tools)
command -v openssl >/dev/null || packages+=(openssl)
command -v pg_comparator >/dev/null || packages+=(postgresql-comparator)
/usr/bin/python3 -c 'import hiredis, psycopg2, redis' 2>/dev/null ||
  packages+=(python3-psycopg2 python3-redis python3-hiredis)
peer=build/bench-peers/bullmq
mkdir -p "$peer"
cp bench/peers/bullmq/*.json bench/peers/bullmq/*.mjs "$peer"
wanted=$(cat "$peer/package.json")
done_for=$(cat "$peer/node_modules/.installed-for" 2>/dev/null || true)
[ "$wanted" = "$done_for" ] || command -v npm >/dev/null || packages+=(npm)

if [ ${#packages[@]} -gt 0 ]; then
  printf '%s\n' "${packages[@]}" >build/bench-packages.txt
  PACKAGES=build/bench-packages.txt tools/setup.sh
fi
[ "$wanted" = "$done_for" ] && exit 0

echo "setup: installing the packages of bench/peers/bullmq/package.json"
(cd "$peer" && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error)
cp "$peer/package.json" "$peer/node_modules/.installed-for"
