#!/usr/bin/env bash
# Makes what the package has beside the binary, from the binary itself:
#   packaging/generate.sh BINARY FOLDER
set -euo pipefail
binary=$(realpath "$1")
out=$2
here=$(dirname "$(realpath "$0")")
rm -rf "$out"
mkdir -p "$out"/{man1,man5,bash,zsh,fish,doc,third-party}
umask 022

"$binary" manual "$out/man1" >/dev/null
mv "$out"/man1/*.5 "$out/man5/"
"$binary" completion bash >"$out/bash/sideband"
"$binary" completion zsh >"$out/zsh/_sideband"
"$binary" completion fish >"$out/fish/sideband.fish"
"$binary" schema >"$out/doc/sideband.schema.json"

cp "$here/deb/changelog" "$here/../CHANGELOG.md" "$out/doc/"
# -n: no time stamp, so that the same source makes the same package.
gzip -9n "$out"/man1/* "$out"/man5/* "$out"/doc/changelog "$out"/doc/CHANGELOG.md

# The licences of what is linked or compiled in, by the packages that the build takes it from.
for package in libboost1.81-dev libcli11-dev nlohmann-json3-dev libfmt-dev libspdlog-dev \
  libcurl4-openssl-dev libssl-dev libsqlite3-dev libpq-dev libyaml-dev libhiredis-dev libre2-dev libsystemd-dev; do
  cp -L "/usr/share/doc/$package/copyright" "$out/third-party/$package"
done
gzip -9n "$out"/third-party/*
chmod -R u=rwX,go=rX "$out"
