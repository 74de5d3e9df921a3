"""Drift checks of a table of a million rows: against another table, against Redis, and of data that
did not change; each beside what one writes by hand and beside what the servers alone allow."""
import json
import shutil
import time

from lib import machine, peer, proc
from lib.bench import ROOT
from lib.drift_data import CHANGED, COMPARED, EXTRA, MISSING, Data
from lib.relay import Relay

# The programs of Debian's Python have its packages; another one that comes first may not.
PYTHON = "/usr/bin/python3"
SORT_AND_COMM = """for t in want have; do {psql} -c "copy $t to stdout" | LC_ALL=C sort -S 256M \
  >{work}/$t.txt & done; wait
LC_ALL=C comm -3 {work}/want.txt {work}/have.txt | sed 's/^\\t//' | cut -f1 | sort -u | wc -l"""
HASH_OF = "select count(*), sum(hashtextextended(t::text, 7)) from {table} t"
SCRIPTS = {"node": "MGET script, Node", "node_sweep": "MGET and SCAN script, Node",
           "tuned": "ten MGET in flight, Node", "tuned_sweep": "the same and SCAN",
           "script": "MGET script, Python", "script_sweep": "MGET and SCAN script, Python"}
ALL = {"create": MISSING, "update": CHANGED, "extras": EXTRA}
NO_SWEEP = {"create": MISSING, "update": CHANGED, "extras": 0}
NOTHING = {"create": 0, "update": 0, "extras": 0}


class Subjects:
    """What is measured: each returns what it found."""

    def __init__(self, bench, data):
        self.bench, self.data = bench, data
        self.config = data.configure()

    def ours(self, name, way, times=1):
        return json.loads(proc.output([self.bench.program("drift_scan"), self.config, name, way,
                                       times]))

    def raw_merge(self):
        tables = [f"select id, {', '.join(COMPARED)} from {table} order by id"
                  for table in ("want", "have")]
        return json.loads(proc.output([self.bench.program("raw_merge"), self.data.server.url(),
                                       *tables]))

    def sort_and_comm(self):
        psql = " ".join(f"'{word}'" for word in self.data.server.psql())
        found = proc.output(["bash", "-o", "pipefail", "-c",
                             SORT_AND_COMM.format(psql=psql, work=self.bench.work)])
        return {"keys": int(found)}

    def has_comparator(self):
        there = "select count(*) from pg_available_extensions where name = 'pgcmp'"
        if shutil.which("pg_comparator") is None or self.data.server.sql(there) != "1":
            return False
        self.data.server.sql("create extension if not exists pgcmp")
        return True

    def pg_comparator(self):
        port, columns = self.data.server.port, ",".join(COMPARED)
        url = f"pgsql://bench@127.0.0.1:{port}/postgres/"
        said = proc.output(["pg_comparator", "--use-key", "--no-report", "--stats=csv",
                            f"{url}want?id:{columns}", f"{url}have?id:{columns}"])
        return {"keys": int(said.strip().splitlines()[-1].split(",")[4])}

    def reladiff(self, *how):
        """`how`: databases, tables, its algorithm, and what makes that fast here. It counts only."""
        columns = [word for name in COMPARED for word in ("-c", name)]
        said = proc.output([peer.folder("reladiff") / "bin/reladiff", *how, "--assume-unique-key",
                            "--stats", "--json", *columns], env={"COLUMNS": "10000"})
        found = json.loads(said)
        return {"create": found["exclusive_A"], "update": found["updated"],
                "extras": found["exclusive_B"]}

    def _reladiff_url(self):
        return f"postgresql://bench@127.0.0.1:{self.data.server.port}/postgres"

    def joindiff(self):
        url = self._reladiff_url()
        return self.reladiff(url, "want", "have", "--algorithm", "joindiff")

    def hashdiff(self):
        """Each side by a connection of its own, as of two servers."""
        url = self._reladiff_url()
        return self.reladiff(url, "want", url, "have", "--algorithm", "hashdiff", "--threads", "4",
                             "--bisection-factor", "64", "--skip-sort-results")

    def digest(self, *tables):
        """One statement; the same hash of both is what it can tell."""
        both = " union all ".join(HASH_OF.format(table=table) for table in tables)
        return {"rows": len(set(self.data.server.sql(both).splitlines()))}

    def node_script(self, *words):
        return json.loads(proc.output(
            [peer.node("drift"), peer.folder("drift") / "table_against_redis.mjs",
             self.data.server.url(), self.data.redis.socket, *words]))

    def script(self, *words):
        return json.loads(proc.output(
            [PYTHON, ROOT / "bench/peers/drift/table_against_redis.py", self.data.server.url(),
             self.data.redis.socket, 1000, *words]))


def check(name, got, wanted):
    found = {key: got.get(key) for key in wanted}
    if found != wanted:
        raise RuntimeError(f"{name} found {found} instead of {wanted}")


class Rounds:
    """Runs subjects in turn, forwards and then backwards; keeps what each took, from the start of
    its process to the end."""

    def __init__(self, bench):
        self.bench, self.took, self.got = bench, {}, {}

    def run(self, subjects):
        for number in range(self.bench.rounds if self.bench.quick else 5):
            for name, (call, wanted) in list(subjects.items())[::-1 if number % 2 else 1]:
                self._one(name, call, wanted)

    def _one(self, name, call, wanted):
        machine.wait_until_quiet()
        with machine.Others() as others:
            begin = time.monotonic()
            got = call()
            seconds = time.monotonic() - begin
        self.bench.report.run("drift", name, wall_s=round(seconds, 4), other_cores=others.cores,
                              **got)
        check(name, got, wanted)
        self.took.setdefault(name, []).append(seconds)
        self.got.setdefault(name, []).append(got)

    def values(self, name, key):
        return [got[key] for got in self.got[name]]


def moved_mib(bench, data, name, way):
    """Through a relay, which is slow: never while something is timed."""
    relay = Relay(data.server.port)
    try:
        config = data.configure(relay.port)
        proc.output([bench.program("drift_scan"), config, name, way])
        return relay.bytes / 2**20
    finally:
        relay.close()


def tables(bench, data, subjects):
    rounds = Rounds(bench)
    has_comparator = subjects.has_comparator()
    rounds.run({
        "merge": (lambda: subjects.ours("pg", "merge"), ALL),
        "chosen": (lambda: subjects.ours("pg", "scan"), ALL),
        "sort_and_comm": (subjects.sort_and_comm, {"keys": CHANGED + MISSING + EXTRA}),
        "raw_merge": (subjects.raw_merge, ALL),
        "digest": (lambda: subjects.digest("want", "have"), {"rows": 2}),
        "joindiff": (subjects.joindiff, ALL),
        "hashdiff": (subjects.hashdiff, ALL),
        **({"pg_comparator": (subjects.pg_comparator, {"keys": CHANGED + MISSING + EXTRA})}
           if has_comparator else {})})
    took = rounds.took
    beside = [("COPY, sort, comm", "sort_and_comm"), ("raw merge of two COPY", "raw_merge"),
              ("one statement that hashes both", "digest"),
              ("reladiff, one outer join", "joindiff"),
              ("reladiff, hashes of segments", "hashdiff")]
    beside += [("pg_comparator", "pg_comparator")] if has_comparator else []
    for what, name in (("merge", "merge"), ("as chosen, digests", "chosen")):
        for rival, its in beside:
            bench.report.figure("drift", f"two tables, {what}", "s", took[name], rival, took[its])
        bench.report.figure("drift", f"two tables, {what}, peak memory", "MiB",
                            rounds.values(name, "peak_mib"))
    for way in ("scan", "merge"):
        bench.report.figure("drift", f"two tables, {way}, moved", "MiB",
                            [moved_mib(bench, data, "pg", way)])


def redis(bench, subjects):
    rounds = Rounds(bench)
    rounds.run({
        "redis": (lambda: subjects.ours("redis", "scan"), NO_SWEEP),
        "redis_sweep": (lambda: subjects.ours("redis", "sweep"), ALL),
        "node": (subjects.node_script, NO_SWEEP),
        "node_sweep": (lambda: subjects.node_script("--sweep"), ALL),
        "tuned": (lambda: subjects.node_script("--tuned"), NO_SWEEP),
        "tuned_sweep": (lambda: subjects.node_script("--tuned", "--sweep"), ALL),
        "script": (subjects.script, NO_SWEEP),
        "script_sweep": (lambda: subjects.script("--sweep"), ALL)})
    took = rounds.took
    for what, ours, rivals in (
            ("no sweep", "redis", SCRIPTS),
            ("with sweep", "redis_sweep", [name for name in SCRIPTS if "sweep" in name])):
        for rival in rivals:
            bench.report.figure("drift", f"table and Redis, {what}", "s", took[ours],
                                SCRIPTS[rival], took[rival])
    for name in ("redis", "redis_sweep"):
        bench.report.figure("drift", f"{name}, peak memory", "MiB", rounds.values(name, "peak_mib"))


def unchanged(bench, data, subjects):
    rounds = Rounds(bench)
    rounds.run({
        "position": (lambda: subjects.ours("same", "position", 20), {}),
        "changed_since": (lambda: subjects.ours("same", "changed", 20), {"desired": 0}),
        "same_by_digests": (lambda: subjects.ours("same", "scan"), NOTHING),
        "same_digest": (lambda: subjects.digest("want", "same"), {"rows": 1})})
    for what, name in (("position", "position"), ("changedSince", "changed_since")):
        bench.report.figure("drift", f"unchanged, by {what}", "ms",
                            [1000 * s for s in rounds.values(name, "s")])
    bench.report.figure("drift", "unchanged, by digests", "s", rounds.took["same_by_digests"],
                        "one statement that hashes both", rounds.took["same_digest"])
    bench.report.figure("drift", "unchanged, by digests, moved", "MiB",
                        [moved_mib(bench, data, "same", "scan")])


def ten_times(bench):
    """The same memory for ten times the rows."""
    data = Data(bench, 10_000_000).make()
    subjects = Subjects(bench, data)
    for way in ("merge", "scan"):
        got = subjects.ours("pg", way)
        check(way, got, ALL)
        bench.report.run("drift", f"10,000,000 rows, {way}", **got)
        bench.report.figure("drift", f"10,000,000 rows, {way}, peak memory", "MiB",
                            [got["peak_mib"]])
        bench.report.figure("drift", f"10,000,000 rows, {way}", "s", [got["s"]])
    data.server.stop()


def run(bench):
    data = Data(bench, 100_000 if bench.quick else 1_000_000).make().fill_redis()
    subjects = Subjects(bench, data)
    tables(bench, data, subjects)
    redis(bench, subjects)
    unchanged(bench, data, subjects)
    bench.clean()
    if not bench.quick:
        ten_times(bench)
