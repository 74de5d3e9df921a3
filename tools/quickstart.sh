#!/usr/bin/env bash
# The main job on real input, on this machine: a fleet of 20 configuration trees of which 5 drifted,
# and a product catalogue in SQLite that a real Redis serves copies of. Stays up until Ctrl-C.
#
#   tools/quickstart.sh            # shows it, then watches what you break
#   CHECK=1 tools/quickstart.sh    # does the same unattended, asserts each stage, and ends
#
# BIN: the sideband binary. DIR: where everything lives; made anew at each start.
set -euo pipefail

BIN=${BIN:-build/release/src/app/sideband}
DIR=${DIR:-build/quickstart}
CHECK=${CHECK:-0}
BIN=$(realpath "$BIN")
mkdir -p "$DIR"
DIR=$(realpath "$DIR")
export SIDEBAND_CONFIG=$DIR/conf SIDEBAND_STATE=$DIR/state SIDEBAND_SOCKET=$DIR/state/s.sock
OPERATOR=$DIR/state/tokens/operator
REVIEWER=$DIR/state/tokens/reviewer
SERVE_PID='' REDIS_PID='' ENDING=0

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then B=$'\e[1m' D=$'\e[2m' N=$'\e[0m'; else B='' D='' N=''; fi
say() { printf '\n%s== %s%s\n' "$B" "$*" "$N"; }
run() { printf '%s$ %s%s\n' "$D" "${*/#$BIN/sideband}" "$N"; "$@"; }
die() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }
sideband() { run "$BIN" "$@"; }
as() { local token=$1; shift; SIDEBAND_TOKEN_FILE=$token run "$BIN" "$@"; }
redis() { redis-cli -s "$DIR/redis.sock" "$@"; }

# expect CODE COMMAND...: runs it; another exit code ends the quickstart.
expect() {
  local want=$1 got=0
  shift
  "$@" || got=$?
  [ "$got" = "$want" ] || die "\"$*\" ended with $got, expected $want"
}

# until_true SECONDS WHAT COMMAND...: polls a condition, bounded.
until_true() {
  local limit=$1 what=$2 start
  shift 2
  start=$(date +%s%N)
  until "$@" >/dev/null 2>&1; do
    [ $(($(date +%s%N) - start)) -lt $((limit * 1000000000)) ] || die "$what did not happen in $limit s"
    sleep 0.02
  done
  TOOK_MS=$((($(date +%s%N) - start) / 1000000))
}

finish() {
  [ "$ENDING" = 0 ] || return 0
  ENDING=1
  if [ -n "$SERVE_PID" ] && kill -0 "$SERVE_PID" 2>/dev/null; then
    kill -TERM "$SERVE_PID"
    wait "$SERVE_PID" 2>/dev/null || true
  fi
  if [ -n "$REDIS_PID" ] && kill -0 "$REDIS_PID" 2>/dev/null; then
    kill -TERM "$REDIS_PID"
    wait "$REDIS_PID" 2>/dev/null || true
  fi
}
trap finish EXIT
trap 'printf "\nstopping\n"; exit 0' INT TERM

prepare_fleet() {
  rm -rf "$DIR/desired" "$DIR/nodes"
  local i node
  for i in $(seq -w 1 20); do
    node=node-$i
    mkdir -p "$DIR/desired/$node" "$DIR/nodes/$node"
    cat >"$DIR/desired/$node/edge.yaml" <<YAML
# edge proxy of $node
listen: 0.0.0.0:8443
limits:
  connections: 4096
  timeout: 30s
upstreams: [catalogue-a, catalogue-b]
tls: {minimum: "1.3"}
YAML
    cp "$DIR/desired/$node/edge.yaml" "$DIR/nodes/$node/edge.yaml"
    echo "serial: $RANDOM" >"$DIR/nodes/$node/local.yaml" # nobody's business but the node's
  done
  for i in 03 07 11 16; do
    sed -i 's/connections: 4096/connections: 512/' "$DIR/nodes/node-$i/edge.yaml"
  done
  sed -i 's/minimum: "1.3"/minimum: "1.0"/' "$DIR/nodes/node-19/edge.yaml"
}

prepare_catalogue() {
  rm -f "$DIR"/catalogue.db*
  sqlite3 "$DIR/catalogue.db" >/dev/null <<'SQL'
pragma journal_mode=wal;
create table products(id integer primary key, name text not null, price integer not null, stock integer not null);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
insert into products select i, 'product ' || i, 100 + (i * 7919) % 90000, (i * 31) % 500 from n;
SQL
  redis-server --port 0 --unixsocket "$DIR/redis.sock" --unixsocketperm 700 --save '' \
    --appendonly no --notify-keyspace-events KEA --daemonize no --dir "$DIR" >"$DIR/redis.log" &
  REDIS_PID=$!
  until_true 10 "Redis" redis ping
  sqlite3 "$DIR/catalogue.db" \
    "select 'HSET product:' || id || ' name \"' || name || '\" price ' || price || ' stock ' || stock from products" |
    redis --pipe >/dev/null
  # What goes wrong with caches: old prices, and one value that somebody typed by hand.
  for id in $(seq 100 100 3600); do redis hset "product:$id" price 1 >/dev/null; done
  redis hset product:42 name 'edited by hand' >/dev/null
}

write_configuration() {
  mkdir -p "$DIR/conf"
  cat >"$DIR/conf/fleet.yaml" <<YAML
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: fleet-source}
spec: {driver: files, connect: {root: $DIR/desired}}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: fleet}
spec: {driver: files, connect: {root: $DIR/nodes}}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: fleet-readback}     # a second way to the same files, for validation
spec: {driver: files, connect: {root: $DIR/nodes}}
---
apiVersion: resolved.sideband/v1
kind: Reconciler
metadata: {name: fleet-config, labels: {owner: team-edge, environment: demo, criticality: critical, repairType: configuration}}
spec:
  mode: auto
  interval: 30s
  wake: {targets: [fleet, fleet-source]}
  desired: {target: fleet-source, files: "*/edge.yaml"}
  actual: {target: fleet, files: "*/edge.yaml"}
  detect: {format: yaml}
  gates:
    maxChanges: {percent: 20%, window: 5s}     # short, so that you can play; an hour in production
    canary: {cohorts: [1, 100%], hold: 1s}
    cooldown: 1s                               # short likewise; 30s where nothing is said
  validate: {independent: {target: fleet-readback}, within: 10s}
  slo: {timeToConverge: {p95: 30s}}
YAML
  cat >"$DIR/conf/cache.yaml" <<YAML
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: catalogue}
spec: {driver: sqlite, connect: {path: $DIR/catalogue.db}}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: shop-cache}
spec: {driver: redis, connect: {socket: $DIR/redis.sock}}
---
apiVersion: resolved.sideband/v1
kind: Target
metadata: {name: shop-cache-readback}
spec: {driver: redis, connect: {socket: $DIR/redis.sock}}
---
apiVersion: resolved.sideband/v1
kind: Reconciler
metadata: {name: product-cache, labels: {owner: team-shop, environment: demo, criticality: critical, repairType: cache}}
spec:
  mode: auto
  interval: 30s
  wake: {targets: [catalogue, shop-cache]}
  desired: {target: catalogue, query: "select id, name, price, stock from products", key: id}
  actual:
    target: shop-cache
    key: "product:{id}"
    type: hash
    fields: {name: "{name}", price: "{price}", stock: "{stock}"}
    coverage: partial                # a cache need not hold everything
  gates:
    maxChanges: {count: 500, percent: 5%, window: 1m}
    canary: {cohorts: [1, 100%]}
    cooldown: 1s
  validate: {independent: {target: shop-cache-readback}, within: 10s}
  slo: {timeToConverge: {p95: 30s}}
YAML
}

start_daemon() {
  "$BIN" serve --log-format logfmt >>"$DIR/serve.log" 2>&1 &
  SERVE_PID=$!
  until_true 10 "the daemon" daemon_ready
}
daemon_ready() {
  kill -0 "$SERVE_PID" || die "the daemon ended; see $DIR/serve.log"
  curl -sf --unix-socket "$SIDEBAND_SOCKET" http://sideband/readyz
}
scanned() {
  SIDEBAND_TOKEN_FILE=$OPERATOR "$BIN" get reconcilers -o json >"$DIR/reconcilers.json" || return 1
  ! grep -q not_yet_looked "$DIR/reconcilers.json"
}
same_fleet() { ! diff -rq -x local.yaml "$DIR/desired" "$DIR/nodes"; }
fleet_in_sync() { diff -rq -x local.yaml "$DIR/desired" "$DIR/nodes"; }
cache_in_sync() { "$BIN" diff product-cache; }
repair_of() { SIDEBAND_TOKEN_FILE=$OPERATOR "$BIN" get repairs "$@" -o name | head -n 1; }

main() {
  command -v redis-server >/dev/null || die "redis-server is missing; run: make setup"
  command -v sqlite3 >/dev/null || die "sqlite3 is missing; run: make setup"
  rm -rf "$DIR/state" "$DIR/conf" "$DIR/serve.log" "$DIR/audit" "$DIR/audit-after" "$DIR/audit-broken"
  mkdir -p "$DIR/state"

  say "Input: 20 configuration trees (5 drifted), 10,000 products in SQLite, copies in Redis"
  prepare_fleet
  prepare_catalogue
  write_configuration
  expect 0 sideband check

  say "Two identities: local tokens. Both are you, the user of this machine; they show the two-person rule"
  expect 0 sideband -q token add operator
  expect 0 sideband -q token add reviewer

  say "What differs? (read only, no daemon)"
  expect 0 sideband plan fleet-config

  say "The daemon starts. The cache is within its gates and is repaired at once"
  start_daemon
  until_true 20 "the first scan" scanned
  until_true 20 "the repair of the cache" cache_in_sync
  expect 0 as "$OPERATOR" get repairs product-cache
  expect 0 redis hgetall product:42

  say "The fleet is not: 25 % is above maxChanges 20 %, so it stopped and asks"
  expect 0 as "$OPERATOR" get reconcilers
  expect 3 as "$OPERATOR" apply fleet-config --yes

  say "Releasing the gate takes two: the operator asks ..."
  expect 4 as "$OPERATOR" -q apply fleet-config --release maxChanges --yes
  REPAIR=$(repair_of fleet-config)
  say "... the operator may not approve ..."
  expect 8 as "$OPERATOR" approve "$REPAIR"
  say "... the reviewer may. A canary of 1, then the rest, then validation by a second path"
  expect 0 as "$REVIEWER" approve "$REPAIR" --comment "same template everywhere"
  expect 0 as "$OPERATOR" describe "$REPAIR"
  expect 0 fleet_in_sync

  say "The proof: every decision, intent and outcome, signed, verified from exported files alone"
  expect 0 as "$OPERATOR" audit export "$DIR/audit"
  KEY=$(sed -n 's/.*event="audit key" public="\{0,1\}\([^" ]*\).*/\1/p' "$DIR/serve.log" | tail -n 1)
  expect 0 sideband audit verify "$DIR/audit" --key "$KEY"

  if [ "$CHECK" = 1 ]; then check_the_rest; else stay_up; fi
}

check_the_rest() {
  say "CHECK: what is broken by hand is repaired within 2 s"
  sleep 5 # maxChanges forgets after its window of 5 s, which is the thing under test here
  sed -i 's/connections: 4096/connections: 1/' "$DIR/nodes/node-05/edge.yaml"
  until_true 2 "repair of a file broken by hand" fleet_in_sync
  echo "file repaired after $TOOK_MS ms"
  redis hset product:7 price 3 >/dev/null
  until_true 2 "repair of a cache entry" test_price 7
  echo "cache repaired after $TOOK_MS ms"
  sqlite3 "$DIR/catalogue.db" 'update products set price = 4711 where id = 8'
  until_true 2 "the cache following its database" test_price 8
  echo "cache follows the catalogue after $TOOK_MS ms"

  say "CHECK: kill -9, and it goes on"
  kill -KILL "$SERVE_PID"
  wait "$SERVE_PID" 2>/dev/null || true
  redis hset product:9 price 5 >/dev/null
  start_daemon
  until_true 10 "repair after the restart" test_price 9
  echo "repaired $TOOK_MS ms after the restart"
  expect 0 as "$OPERATOR" audit export "$DIR/audit-after"
  expect 0 "$BIN" audit verify "$DIR/audit-after" --key "$KEY" \
    --saved-checkpoint "$DIR/audit/checkpoint"

  say "CHECK: one flipped byte is found"
  cp -r "$DIR/audit-after" "$DIR/audit-broken"
  sed -i '1s/decide/decidE/' "$DIR/audit-broken/leaves.jsonl"
  expect 9 "$BIN" audit verify "$DIR/audit-broken" --key "$KEY"

  say "CHECK: a clean stop"
  kill -TERM "$SERVE_PID"
  expect 0 wait "$SERVE_PID"
  SERVE_PID=''
  say "quickstart check passed"
}
test_price() {
  [ "$(redis hget "product:$1" price)" = "$(sqlite3 "$DIR/catalogue.db" "select price from products where id = $1")" ]
}

stay_up() {
  say "It stays up and repairs what you break. Try, in another terminal:"
  cat <<TEXT
  sed -i s/30s/5m/ $DIR/nodes/node-08/edge.yaml     # repaired within 2 s
  redis-cli -s $DIR/redis.sock hset product:7 price 1
  kill -9 $SERVE_PID                                 # the daemon; it is started again and goes on
  export SIDEBAND_STATE=$SIDEBAND_STATE SIDEBAND_SOCKET=$SIDEBAND_SOCKET SIDEBAND_TOKEN_FILE=$OPERATOR
  $BIN get repairs
  $BIN explain fleet-config
  $BIN undo $REPAIR
  curl -s --unix-socket $SIDEBAND_SOCKET http://sideband/metrics | grep sideband_
Ctrl-C ends everything. The log is $DIR/serve.log.
TEXT
  local seen=0 lines
  while true; do
    if ! kill -0 "$SERVE_PID" 2>/dev/null; then
      wait "$SERVE_PID" 2>/dev/null || true
      say "The daemon was killed; starting it again. It resumes by looking"
      start_daemon
      echo "pid $SERVE_PID"
    fi
    lines=$(wc -l <"$DIR/serve.log")
    tail -n +$((seen + 1)) "$DIR/serve.log" | grep -E 'event="repair ended"' || true
    seen=$lines
    sleep 0.3
  done
}

main
