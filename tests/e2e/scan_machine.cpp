#include "e2e/scan_machine.h"

#include <unistd.h>

#include "e2e/daemon.h"
#include "support/certificates.h"

namespace sideband::e2e {
namespace {

namespace fs = std::filesystem;

// Everything listens on sockets in /run, so that the new network needs no interface.
constexpr const char* kScript = R"sh(
set -eu
trap 'exit 99' ERR
set -E
dir=$1 mode=$2; shift 2
mount --bind "$dir/etc" /etc
mount --bind "$dir/dpkg" /var/lib/dpkg
for folder in /run /opt /usr/lib/sysctl.d /usr/local/share/ca-certificates; do
  [ -d $folder ] && mount -t tmpfs none $folder
done
pg=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
mkdir -p /run/postgresql /run/data
chown postgres /run/postgresql /run/data
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }

is=$(cat /proc/sys/vm/swappiness)
echo "vm.swappiness = $is" >/etc/sysctl.d/10-swap.conf
nft -f /etc/nftables.conf
nginx -c /etc/nginx/nginx.conf
redis-server --port 0 --unixsocket /run/redis.sock --save '' --daemonize no >/run/redis.log &
as_postgres "$pg/initdb" -D /run/data -A peer -U postgres --no-sync --no-instructions -E UTF8 \
  --locale=C --locale-provider=icu --icu-locale=en >/run/initdb.log
as_postgres "$pg/postgres" -D /run/data -k /run/postgresql -c listen_addresses= -F 2>/run/pg.log &
cp /bin/sleep /opt/server
/opt/server 1000 &
until [ -S /run/redis.sock ] && grep -q 'ready to accept' /run/redis.log; do sleep 0.05; done
until as_postgres "$pg/pg_isready" -q -h /run/postgresql; do sleep 0.05; done
sql() { as_postgres "$pg/psql" -q -h /run/postgresql -d postgres -c "$1" 2>>/run/psql.log; }
sql 'CREATE TABLE t (a int)'
sql 'INSERT INTO t VALUES (1), (1)'

if [ "$mode" = broken ]; then
  cp "$dir/near.pem" /etc/nginx/site.pem
  nft add rule inet f in tcp dport 23 accept
  echo "vm.swappiness = $((is + 1))" >/etc/sysctl.d/20-swap.conf
  touch -d "@$(($(date +%s) + 5))" /etc/nginx/nginx.conf
  rm /opt/server
  echo changed >/etc/demo.conf
  echo new >/etc/demo.conf.dpkg-dist
  sql 'CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)' && exit 99
  sql 'ALTER TABLE t ADD CONSTRAINT c CHECK (a > 5) NOT VALID'
  sql "UPDATE pg_database SET datcollversion = '0' WHERE datname = 'postgres'"
  touch -d "@$(($(date +%s) + 5))" /run/data/postgresql.conf
  redis-cli -s /run/redis.sock LPUSH jobs:dead a b c >/dev/null
fi
if [ "$mode" = shared ]; then
  nft add rule inet f in tcp dport 23 accept
  nft add table ip f2b
  nft add chain ip f2b jail
  nft add table inet engine
fi
before=$(nft list ruleset | sha256sum)
code=0
"$@" || code=$?
# Looking changed nothing.
[ "$before" = "$(nft list ruleset | sha256sum)" ] || exit 99
exit $code
)sh";

}  // namespace

ScanMachine::ScanMachine() {
  for (const char* name : {"passwd", "group", "nsswitch.conf", "ld.so.cache"}) {
    if (fs::exists(std::string("/etc/") + name)) {
      spill(etc(name), slurp(std::string("/etc/") + name));
    }
  }
  const WallTime now = SystemClock().wall();
  spill(etc("nginx/site.pem"),
        make_certificate("site.example", now + std::chrono::hours(80 * 24)).pem);
  spill(dir_.path("near.pem"), make_certificate("site.example", now + std::chrono::hours(99)).pem);
  spill(etc("nginx/nginx.conf"),
        "error_log /run/nginx.log; pid /run/nginx.pid; events {}\n"
        "http { access_log off; server { listen unix:/run/nginx.sock; } }\n");
  spill(etc("nftables.conf"),
        "flush ruleset\ntable inet f {\n  set open { type inet_service; elements = { 22, 80 } }\n"
        "  chain in { type filter hook input priority 0; tcp dport @open counter accept; }\n}\n");
  fs::create_directories(etc("systemd/system/sysinit.target.wants"));
  fs::create_symlink("/lib/systemd/system/nftables.service",
                     etc("systemd/system/sysinit.target.wants/nftables.service"));
  fs::create_directories(etc("sysctl.d"));
  spill(etc("demo.conf"), "as it came\n");
  spill(dir_.path("dpkg/status"),
        "Package: demo\nStatus: install ok installed\nConffiles:\n"
        " /etc/demo.conf 702c3f46a855f76dbe6bf2a7b642c81d\n");
  spill(dir_.path("script"), kScript);
}

std::string ScanMachine::why_not() {
  if (::geteuid() != 0) return "only root can make a machine in namespaces";
  for (const char* tool : {"/usr/sbin/nft", "/usr/sbin/nginx", "/usr/bin/redis-server",
                           "/usr/bin/redis-cli", "/usr/lib/postgresql"}) {
    if (!fs::exists(tool)) return std::string(tool) + " is not installed";
  }
  Command probe;
  probe.argv = {"unshare", "--mount", "--pid", "--fork", "--net", "--mount-proc",
                "nft",     "add",     "table", "inet",   "x"};
  const Finished tried = run_to_end(probe);
  return tried.code == 0 ? "" : "this system makes no namespaces with nft: " + tried.err;
}

Finished ScanMachine::scan(const std::string& mode, const std::string& arguments) const {
  Command command;
  command.argv = {"unshare",
                  "--mount",
                  "--pid",
                  "--fork",
                  "--kill-child",
                  "--net",
                  "--mount-proc",
                  "bash",
                  dir_.path("script"),
                  dir_.path(),
                  mode,
                  "bash",
                  "-c",
                  binary() + " " + arguments};
  command.env = {{"NO_COLOR", "1"}};
  return run_to_end(command, std::chrono::seconds(120));
}

}  // namespace sideband::e2e
