#!/usr/bin/env bash
# Builds the release binary and the Debian package of it; prints the package's path on the last line.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh release
cmake --build build/release -j "${JOBS:-$(nproc)}" --target package_files
rm -rf build/release/package
# dpkg-deb gives files the owner root by itself; times are those of the change log.
SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' packaging/deb/changelog | head -n 1)" +%s) \
  cpack --config build/release/CPackConfig.cmake >build/release/package.log 2>&1 ||
  { cat build/release/package.log >&2; exit 1; }
ls build/release/package/*.deb
