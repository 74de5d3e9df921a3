#!/usr/bin/env bash
# What the benchmarks need beside the build: Python, the Redis tools, npm, pg_comparator, and below
# build/ the packages of the rivals: in Node with a Node of their own, reladiff in a venv.
# Safe to repeat; installs only what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v python3 >/dev/null || packages+=(python3)
command -v redis-cli >/dev/null || packages+=(redis-tools)
command -v openssl >/dev/null || packages+=(openssl)
command -v pg_comparator >/dev/null || packages+=(postgresql-comparator)
/usr/bin/python3 -c 'import hiredis, psycopg2, redis' 2>/dev/null ||
  packages+=(python3-psycopg2 python3-redis python3-hiredis)
/usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
peers=()  # those in Node whose packages are still to install
for from in bench/peers/*/package.json; do
  peer=$(basename "$(dirname "$from")")
  into=build/bench-peers/$peer
  mkdir -p "$into"
  cp bench/peers/*.mjs "bench/peers/$peer"/*.json "bench/peers/$peer"/*.mjs "$into"
  cmp -s "$from" "$into/node_modules/.installed-for" || peers+=("$peer")
done
[ ${#peers[@]} -eq 0 ] || command -v npm >/dev/null || packages+=(npm)

if [ ${#packages[@]} -gt 0 ]; then
  printf '%s\n' "${packages[@]}" >build/bench-packages.txt
  tools/setup.sh build/bench-packages.txt
fi
venv=build/bench-peers/reladiff
if ! cmp -s bench/peers/reladiff/requirements.txt "$venv/installed-for"; then
  echo "setup: installing bench/peers/reladiff/requirements.txt"
  /usr/bin/python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r bench/peers/reladiff/requirements.txt
  cp bench/peers/reladiff/requirements.txt "$venv/installed-for"
fi
for peer in "${peers[@]}"; do
  echo "setup: installing the packages of bench/peers/$peer/package.json"
  (cd "build/bench-peers/$peer" &&
    npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp "bench/peers/$peer/package.json" "build/bench-peers/$peer/node_modules/.installed-for"
done
