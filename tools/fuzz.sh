#!/usr/bin/env bash
# Builds the fuzz targets with clang and runs each for FUZZ_SECONDS (default 60) from its corpus.
# New inputs go to build/fuzz/corpus/NAME; a crash leaves its input beside it and fails.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=build/fuzz
mkdir -p "$folder"
cmake --preset clang -B "$folder" -DSIDEBAND_FUZZ=ON >"$folder/configure.log" 2>&1 || {
  cat "$folder/configure.log" >&2
  exit 1
}
mapfile -t names < <(basename -s .cpp tests/fuzz/*_fuzz.cpp)
cmake --build "$folder" -j "${JOBS:-$(nproc)}" --target "${names[@]}"
for name in "${names[@]}"; do
  corpus=$folder/corpus/$name
  mkdir -p "$corpus"
  seeds=tests/fuzz/corpus/$name
  echo "fuzz: $name for ${FUZZ_SECONDS:-60} s"
  "$folder/tests/fuzz/$name" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$folder/$name-" "$corpus" \
    $([ -d "$seeds" ] && echo "$seeds")
done
