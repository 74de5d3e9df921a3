#!/usr/bin/env bash
# Builds the Debian package and looks at what is in it: files, unit, manual pages, completions,
# maintainer scripts. Nothing is installed.
set -uo pipefail
cd "$(dirname "$0")/../.."
failed=0
fail() {
  echo "package_test: $*" >&2
  failed=1
}
for tool in cpack dpkg-shlibdeps mandoc man lintian fish zsh systemd-analyze; do
  command -v "$tool" >/dev/null || { echo "package_test: SKIPPED: $tool is not installed" >&2; exit 77; }
done

deb=$(JOBS=1 tools/package.sh | tail -n 1)
[ -f "$deb" ] || { echo "package_test: no package was built" >&2; exit 1; }
first=$(sha256sum <"$deb")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$deb" "$work/sideband.deb"
dpkg-deb -x "$deb" "$work/tree"
dpkg-deb -e "$deb" "$work/control"
bin=$work/tree/usr/bin/sideband
share=$work/tree/usr/share

echo "== files"
for path in usr/bin/sideband lib/systemd/system/sideband.service \
  lib/systemd/system/sideband-commands.service etc/sideband/sideband.yaml.example \
  usr/share/man/man1/sideband.1.gz usr/share/man/man5/sideband.yaml.5.gz \
  usr/share/bash-completion/completions/sideband usr/share/zsh/vendor-completions/_sideband \
  usr/share/fish/vendor_completions.d/sideband.fish usr/share/doc/sideband/copyright \
  usr/share/doc/sideband/changelog.gz usr/share/doc/sideband/third-party/libssl-dev.gz; do
  [ -s "$work/tree/$path" ] || fail "$path is missing or empty"
done
grep -q '^/etc/sideband/sideband.yaml.example$' "$work/control/conffiles" || fail "no conffile"
[ -z "$(find "$work/tree" -perm /022 ! -type l)" ] || fail "files that others may write"
[ -z "$(find "$work/tree/etc" -name '*.yaml')" ] || fail "the package configures something by itself"
cp "$work/tree/etc/sideband/sideband.yaml.example" "$work/example.yaml"
"$bin" check "$work/example.yaml" || fail "the example is no valid configuration"
[ "$("$bin" version)" = "sideband $(sed -n 's/^Version: //p' "$work/control/control" | tr -d ' ')" ] ||
  [ "$("$bin" version)" = "sideband $(dpkg-deb -f "$deb" Version)" ] || fail "the versions differ"

echo "== unit"
for name in sideband-commands.service sideband.service; do
  unit=$work/$name
  sed "s|/usr/bin/sideband|$bin|" "$work/tree/lib/systemd/system/$name" >"$unit"
  systemd-analyze verify --man=no "$unit" 2>&1 | grep -F "$name" && fail "systemd-analyze verify $name"
  systemd-analyze security --offline=true --threshold=20 "$work/tree/lib/systemd/system/$name" \
    >"$work/security" || fail "the exposure of $name is above 2.0"
  tail -n 1 "$work/security"
done

echo "== manual pages"
gunzip -k "$share"/man/man1/*.gz "$share"/man/man5/*.gz
said=$(mandoc -Tlint -Wwarning "$share"/man/man?/*.[15])
[ -z "$said" ] || fail "mandoc warns: $said"
for page in "$share"/man/man?/*.[15]; do
  said=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
  [ -z "$said" ] || fail "man warns about $(basename "$page"): $said"
done

echo "== every option of --help is in the manual and in the completions"
options() { "$bin" "$@" --help | grep -oE '^ +(-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u; }
verbs=$("$bin" --help | sed -n '/^Subcommands:/,/^$/p' | awk '/^  [a-z]/ {print $1}')
[ "$(wc -w <<<"$verbs")" -ge 20 ] || fail "only these verbs were found: $verbs"
for verb in '' $verbs; do
  page=$share/man/man1/sideband${verb:+-$verb}.1
  [ -s "$page" ] || { fail "no manual page for $verb"; continue; }
  # Read to its end before anything is looked for: a grep that found it early would end the sed.
  text=$(sed 's/\\-/-/g' "$page")
  # shellcheck disable=SC2086  # no word for the whole
  for option in $(options $verb); do
    grep -qF -- "$option" <<<"$text" || fail "$page lacks $option"
    for script in "$share/bash-completion/completions/sideband" "$share/zsh/vendor-completions/_sideband"; do
      grep -qF -- "$option" "$script" || fail "$script lacks $option"
    done
    grep -qF -- "-l ${option#--}" "$share/fish/vendor_completions.d/sideband.fish" || fail "fish lacks $option"
  done
done
grep -q 'gates.maxChanges.count' "$share/man/man5/sideband.yaml.5" ||
  fail "sideband.yaml.5 lacks gates.maxChanges.count"

echo "== completions"
# What bash offers behind these words; the last one is being typed.
offers() {
  PATH=$work/bin:$PATH bash --norc -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _sideband; printf "%s " "${COMPREPLY[@]}"' - "$share/bash-completion/completions/sideband" "$@"
}
# A stand-in for a daemon that knows two reconcilers.
mkdir -p "$work/bin"
printf '#!/bin/sh\n[ "$*" = "-q get reconcilers -o name" ] && echo fleet && echo cache\n' >"$work/bin/sideband"
chmod 755 "$work/bin/sideband"
expect() {
  local want=$1
  shift
  local got
  got=$(offers "$@")
  [ "$got" = "$want" ] || fail "bash offers '$got' and not '$want' behind: $*"
}
expect "serve " sideband ser
expect "audit " sideband aud
expect "canon yaml " sideband tool ''
expect "verify check-proof export prove " sideband audit ''
expect "--trust-store " sideband serve --trust-s
expect "json jsonl " sideband -o j
expect "debug " sideband --config x serve --log-level d
expect "fleet " sideband --state y plan fl
expect "--saved-checkpoint " sideband audit verify --sa
expect "fleet cache " sideband pause --reason because ''
expect "bash " sideband completion b
zsh -n "$share/zsh/vendor-completions/_sideband" || fail "zsh does not read its completions"
zsh -fc 'autoload -U compinit && compinit -D -u; fpath=("$1" $fpath); source "$1/_sideband"
  words=(sideband audit ""); [ -n "${functions[_sideband]}" ]' - "$share/zsh/vendor-completions" ||
  fail "zsh does not load its completions"
fish_offers() { fish --no-config -c "source '$share/fish/vendor_completions.d/sideband.fish'; complete -C '$1'" | cut -f1; }
[ "$(fish_offers 'sideband scan-')" = scan-now ] || fail "fish offers: $(fish_offers 'sideband scan-')"
grep -qx verify <<<"$(fish_offers 'sideband audit ')" || fail "fish offers: $(fish_offers 'sideband audit ')"
grep -qx -- --trust-store <<<"$(fish_offers 'sideband serve --trust-s')" || fail "fish lacks --trust-store"

echo "== maintainer scripts, lintian"
for script in postinst prerm postrm; do
  sh -n "$work/control/$script" || fail "$script"
  [ "$(stat -c %a "$work/control/$script")" = 755 ] || fail "$script is not executable"
done
lintian --allow-root --fail-on error,warning "$deb" >"$work/lintian" 2>&1 ||
  fail "lintian complains: $(cat "$work/lintian")"

echo "== the same source makes the same package"
JOBS=1 tools/package.sh >/dev/null
[ "$(sha256sum <"$deb")" = "$first" ] || fail "a second build is another package"
exit $failed
