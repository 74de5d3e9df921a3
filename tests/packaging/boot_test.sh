#!/usr/bin/env bash
# The package on a bare Debian 12 with systemd as its first process, in namespaces of its own: install,
# serve, repair a file, refuse a wrong reload, be restarted when it hangs, remove, purge. At the end
# nothing is left. Part of `make check-full` (SIDEBAND_FULL=1): making the machine takes minutes.
#
# SIDEBAND_TEST_ROOT names a tar file that keeps the bare machine between runs.
set -uo pipefail
cd "$(dirname "$0")/../.."
skip() {
  echo "boot_test: SKIPPED: $*" >&2
  exit 77
}
[ "${SIDEBAND_FULL:-}" = 1 ] || skip "only with SIDEBAND_FULL=1 (make check-full)"
[ "$(id -u)" = 0 ] || skip "a machine in namespaces needs root"
for tool in mmdebstrap systemd-nspawn nsenter; do
  command -v "$tool" >/dev/null || skip "$tool is not installed"
done
deb=$(JOBS=1 tools/package.sh | tail -n 1)
[ -f "$deb" ] || { echo "boot_test: no package was built" >&2; exit 1; }

work=$(mktemp -d)
root=$work/root
machine=''
cleanup() {
  if [ -n "$machine" ]; then
    kill -TERM "$machine" 2>/dev/null
    wait "$machine" 2>/dev/null
  fi
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
failed=0
fail() {
  echo "boot_test: FAILED: $*" >&2
  failed=1
}
say() { printf '== %s\n' "$*"; }

say "a bare Debian 12"
tar=${SIDEBAND_TEST_ROOT:-$work/root.tar}
needs=$(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g; s/ //g')
[ -s "$tar" ] ||
  mmdebstrap --quiet --variant=minbase --include="systemd,systemd-sysv,dbus,procps,$needs" bookworm "$tar" \
    >"$work/mmdebstrap.log" 2>&1 || skip "mmdebstrap: $(tail -n 1 "$work/mmdebstrap.log")"
mkdir "$root"
tar -C "$root" --exclude='./dev/*' -xf "$tar"
cp "$deb" "$root/opt/sideband.deb"

# No registration: there may be no machined, and no systemd at all, outside.
systemd-nspawn --quiet --register=no --keep-unit --private-network --directory="$root" --boot \
  >"$work/console" 2>&1 </dev/null &
machine=$!
leader=''
for _ in $(seq 100); do
  leader=$(pgrep -P "$machine" | head -n 1)
  [ -n "$leader" ] && [ -S "$root/run/systemd/private" ] && break
  [ -n "$leader" ] && nsenter --target "$leader" --mount --root test -S /run/systemd/private \
    2>/dev/null && break
  kill -0 "$machine" 2>/dev/null || skip "the machine does not start: $(tail -n 3 "$work/console")"
  sleep 0.2
done
inside() {
  nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup --root --wdns=/ \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}
for _ in $(seq 100); do
  state=$(inside systemctl is-system-running 2>/dev/null)
  case $state in running | degraded) break ;; esac
  sleep 0.3
done
case $state in running | degraded) ;; *) skip "systemd does not get up here: $state" ;; esac
until_true() {
  for _ in $(seq "$1"); do
    "${@:2}" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  return 1
}
# Everything on the disk but what changes by itself.
files() {
  inside find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /tmp -o -path /var/tmp \
    -o -path /root -o -path /var/log/journal -o -path /var/cache -o -path /var/lib/dpkg \
    -o -path '/var/lib/systemd/*' \) -prune -o -print | LC_ALL=C sort
}
users() { inside sh -c 'cat /etc/passwd /etc/group'; }
property() { inside systemctl show -p "$1" --value sideband; }

files >"$work/files.before"
users >"$work/users.before"

say "installed, the service is up and says that it has nothing to do"
inside dpkg -i /opt/sideband.deb >"$work/install" 2>&1 || fail "dpkg -i: $(cat "$work/install")"
[ "$(inside systemctl is-active sideband)" = active ] || fail "not active: $(inside journalctl -u sideband)"
[ "$(inside systemctl is-enabled sideband)" = enabled ] || fail "not enabled"
grep -q 'no reconciler is configured' <<<"$(property StatusText)" || fail "status: $(property StatusText)"
[ "$(inside stat -c '%U %a' /var/lib/sideband)" = 'sideband 700' ] || fail "the state folder's mode"
[ "$(inside stat -c '%U:%G %a' /etc/sideband)" = 'root:sideband 750' ] || fail "the configuration folder's mode"

say "an example reconciler repairs a file"
inside sh -c 'mkdir -p /srv/edge/wanted /srv/edge/live /etc/systemd/system/sideband.service.d
  echo "level: info" >/srv/edge/wanted/app.yaml; echo "level: debug" >/srv/edge/live/app.yaml
  chown -R sideband:sideband /srv/edge/live
  printf "[Service]\nReadWritePaths=/srv/edge/live\nWatchdogSec=3s\n" >/etc/systemd/system/sideband.service.d/files.conf
  sed "s/mode: observe/mode: auto/" /etc/sideband/sideband.yaml.example >/etc/sideband/sideband.yaml
  systemctl daemon-reload && systemctl restart sideband' || fail "the restart"
live() { inside cat /srv/edge/live/app.yaml; }
repaired() { [ "$(live)" = 'level: info' ]; }
until_true 100 repaired || fail "not repaired: $(inside journalctl -u sideband -n 20)"
inside su -s /bin/sh sideband -c 'sideband check --targets /etc/sideband' || fail "check --targets: $?"

say "a backup within the unit's limits, and its restore"
as_sideband() { inside su -s /bin/sh sideband -c "$1"; }
as_sideband 'SIDEBAND_TOKEN_FILE=$(sideband -q token add admin) sideband -q db backup /var/log/sideband/one' ||
  fail "db backup"
as_sideband 'SIDEBAND_TOKEN_FILE=/var/lib/sideband/tokens/admin sideband -q db backup /etc/sideband/one' &&
  fail "a backup was written where the unit does not let it"
inside systemctl stop sideband
as_sideband 'sideband db restore /var/log/sideband/one --trust-store --yes' || fail "db restore"
inside systemctl start sideband || fail "the start after the restore"

say "commands run as a user of their own, who reads nothing of the daemon's"
inside sh -c 'cat >>/etc/sideband/sideband.yaml' <<'END'
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: host}
spec: {driver: exec, connect: {commands: [/bin/sh], limits: {memory: 1GiB}}}
---
apiVersion: resolved.sideband/v1
kind: Playbook
metadata: {name: who, labels: {owner: ops, environment: test, criticality: high, repairType: index}}
spec:
  startableBy: [admin]
  steps:
    - {name: one, target: host, undo: none, run: {argv: [/bin/sh, -c, "id -un; cat /var/lib/sideband/audit.key; exit 0"]}}
END
inside systemctl reload sideband || fail "the reload with a playbook"
as_sideband 'SIDEBAND_TOKEN_FILE=/var/lib/sideband/tokens/admin sideband run who --apply' || fail "the playbook: $?"
as_sideband 'export SIDEBAND_TOKEN_FILE=/var/lib/sideband/tokens/admin
  sideband describe "$(sideband -q get repairs -o name | head -n 1)"' >"$work/who"
grep -q sideband-commands "$work/who" || fail "not as sideband-commands: $(cat "$work/who")"
grep -q 'PRIVATE KEY' "$work/who" && fail "a command read the audit key"

say "a wrong configuration fails the reload and changes nothing"
inside sed -i 's/mode: auto/mode: sometimes/' /etc/sideband/sideband.yaml
inside systemctl reload sideband 2>/dev/null && fail "a wrong reload succeeded"
[ "$(inside systemctl is-active sideband)" = active ] || fail "a wrong reload ended it"
inside sed -i 's/mode: sometimes/mode: auto/' /etc/sideband/sideband.yaml
inside systemctl reload sideband || fail "a good reload failed"
[ "$(inside systemctl is-active sideband)" = active ] || fail "a good reload ended it"

say "a daemon that hangs is started again"
inside sh -c 'kill -STOP "$(systemctl show -p MainPID --value sideband)"'
restarted() { [ "$(property NRestarts)" -ge 1 ] && [ "$(inside systemctl is-active sideband)" = active ]; }
until_true 150 restarted || fail "not restarted: $(inside journalctl -u sideband -n 20)"
inside sh -c 'echo "level: debug" >/srv/edge/live/app.yaml; chown sideband:sideband /srv/edge/live/app.yaml'
inside systemctl reload sideband
until_true 500 repaired || fail "not repaired after the restart: $(inside journalctl -u sideband -n 20)"

say "removed: stopped, configuration and state stay"
inside dpkg -r sideband >/dev/null 2>&1 || fail "dpkg -r"
[ "$(inside systemctl is-active sideband)" != active ] || fail "still active"
inside pgrep -u sideband,sideband-commands >/dev/null && fail "processes are left: $(inside ps aux)"
inside test -s /var/lib/sideband/sideband.db -a -s /etc/sideband/sideband.yaml || fail "state or configuration is gone"

say "purged: nothing is left"
inside dpkg -P sideband >"$work/purge" 2>&1 || fail "dpkg -P: $(cat "$work/purge")"
inside rm -rf /srv/edge
files >"$work/files.after"
users >"$work/users.after"
diff "$work/files.before" "$work/files.after" | grep -vE '^[0-9]' >"$work/left"
# dpkg's users keep a copy of the lists as they were.
grep -vE '^[<>] /etc/(passwd|group|shadow|gshadow)-$|^[<>] /var/log/(dpkg|alternatives|wtmp|btmp|lastlog).*' \
  "$work/left" >"$work/left.ours" && fail "left: $(cat "$work/left.ours")"
diff "$work/users.before" "$work/users.after" || fail "users differ"
grep -q sideband <<<"$(inside sh -c 'ls /var/lib/systemd/deb-systemd-helper-enabled 2>/dev/null')" && fail "a trace of the helper"

inside systemctl poweroff >/dev/null 2>&1 || true
until_true 50 sh -c "! kill -0 $machine" && machine=''
[ $failed = 0 ] && say "passed"
exit $failed
