#!/usr/bin/env bash
# Installs the Debian packages that the build, the tests and the quickstart need. Safe to repeat.
#   tools/setup.sh [LIST...]          install what is missing (as root, or with sudo)
#   tools/setup.sh --check [LIST...]  say what is missing; exit 1 if anything is
# A LIST is a file like tools/packages/build.txt; without one it is every list of that folder.
# Nothing is started: a server that comes with a package is used by tests on a free port only.
set -euo pipefail
cd "$(dirname "$0")/.."

check=no
if [ "${1:-}" = --check ]; then
  check=yes
  shift
fi
[ $# -gt 0 ] || set -- tools/packages/*.txt
lists=("$@")

wanted() { sed -e 's/#.*//' -e '/^ *$/d' "${lists[@]}"; }

missing() {
  local package
  for package in $(wanted); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
      echo "$package"
  done
}

if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is not Debian; the packages of ${lists[*]} have to be there already" >&2
  exit 0
fi

packages=$(missing | tr '\n' ' ')
if [ -z "$packages" ]; then
  [ $check = yes ] || echo "setup: everything is installed"
  exit 0
fi
if [ $check = yes ]; then
  echo "setup: missing: $packages" >&2
  exit 1
fi

as_root=""
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: run as root: apt-get install --no-install-recommends $packages" >&2
    exit 1
  fi
  as_root=sudo
fi

# Packages of servers start them while they are installed; this says no, until we are done.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
  trap '$as_root rm -f "$policy"' EXIT
fi

apt_get() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq \
    -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" </dev/null
}

echo "setup: installing $packages"
# A list that is a week old names files that are gone; none at all is a fresh machine.
fresh=$(find /var/lib/apt/lists -name '*_Packages*' -mtime -7 2>/dev/null | head -1)
[ -n "$fresh" ] || apt_get update
# shellcheck disable=SC2086  # one word a package
if ! apt_get install --no-install-recommends $packages >/dev/null; then
  apt_get update
  apt_get install --no-install-recommends $packages >/dev/null
fi

# Not at the next boot either, where this machine did not have them before.
for service in postgresql redis-server nginx; do
  case " $packages" in *" $service"*) ;; *) continue ;; esac
  if [ -d /run/systemd/system ]; then $as_root systemctl disable --quiet "$service" || true; fi
done
echo "setup: done"
