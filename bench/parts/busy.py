"""What a look costs on a server that is busy with other tables: pgbench makes transactions of its own
there while sideband looks after two tables of a million rows, whose changes a publication tells.

First nothing of ours changes; then the same 1,000 rows change on both sides, again and again. How long
each look took is what the daemon measured, from its first question to its end. The part fails above
its goals, and when a look that was measured read everything.
"""
import time

from lib import machine, proc
from lib.daemon import reconciler, target
from lib.postgres import PostgresServer

CHANGED = 1_000
WRITES_PER_SECOND = 1_000
GOALS_MS = {"unchanged": 20, "1,000 changed": 100}
SECONDS = 20

TABLES = """
create table prices(id int primary key, amount int not null);
insert into prices select g, g from generate_series(1, {rows}) g;
create table copy(id int primary key, amount int not null);
insert into copy select * from prices;
create table noise(id int primary key, n int not null);
insert into noise select g, 0 from generate_series(1, 1000) g;
create publication changes for table prices, copy;
vacuum analyze"""
NOISE = "\\set id random(1, 1000)\nupdate noise set n = n + 1 where id = :id;\n"


class Noise:
    """Single-row transactions on a table of its own, at a fixed rate, until it is stopped."""

    def __init__(self, bench, server):
        script = bench.work / "noise.sql"
        script.write_text(NOISE)
        self._process = proc.start(
            server.pgbench("shop", "-n", "-f", script, "-c", 8, "-T", 3600,
                           "-R", WRITES_PER_SECOND), log=bench.work / "noise.log")

    def stop(self):
        proc.stop(self._process)


class Part:
    def __init__(self, bench):
        self.bench = bench
        self.rows = 100_000 if bench.quick else 1_000_000
        self.seconds = 5 if bench.quick else SECONDS
        self.server = PostgresServer(bench.work, bench.sockets, ["wal_level=logical"]).start()
        self.server.create_database("shop")
        self.sql = self.server.session("shop")
        self.sql.run(TABLES.format(rows=self.rows))
        self.figures = {}

    def documents(self):
        side = "target: shop, key: id, columns: [amount], publication: changes"
        return [target("shop", "postgres", self.server.connect("shop"), "connections: 4"),
                reconciler("bench", ["interval: 500ms", "wake: {targets: [shop]}",
                                     "detect: {for: 1h, fullEvery: 24h}",
                                     f"desired: {{{side}, table: prices}}",
                                     f"actual: {{{side}, table: copy}}"], "observe")]

    def looks(self, daemon):
        """Per kind: how many, and the seconds of all of them."""
        found = {}
        for what in ("count", "sum"):
            for series, value in daemon.metrics(f"sideband_look_seconds_{what}").items():
                kind = series.split('kind="')[1].split('"')[0]
                found.setdefault(kind, {})[what] = value
        return found

    def rows_read(self):
        """Of the two tables, by whomever."""
        return int(self.sql.one("select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from "
                                "pg_stat_user_tables where relname in ('prices', 'copy')"))

    def change(self, round_):
        """The same rows on both sides, in one transaction."""
        first = round_ * CHANGED % (self.rows - CHANGED) + 1
        rows = f"set amount = amount + 1 where id between {first} and {first + CHANGED - 1}"
        self.sql.run(f"begin; update prices {rows}; update copy {rows}; commit")

    def measure(self, daemon, name, kind, changes):
        before, begun = self.looks(daemon), time.monotonic()
        with machine.Others() as others:
            round_ = 0
            while time.monotonic() < begun + self.seconds:
                if changes:
                    self.change(round_)
                round_ += 1
                time.sleep(0.5)
        after = self.looks(daemon)
        got = {what: after.get(kind, {}).get(what, 0) - before.get(kind, {}).get(what, 0)
               for what in ("count", "sum")}
        whole = after["whole"]["count"] - before["whole"]["count"]
        if whole or not got["count"]:
            raise RuntimeError(f"{name}: {whole:.0f} looks read everything, {got['count']:.0f} "
                               f"{kind}")
        ms = 1000 * got["sum"] / got["count"]
        self.bench.report.run("busy", name, looks=got["count"], mean_ms=round(ms, 2),
                              other_cores=others.cores)
        self.figures.setdefault(name, []).append(ms)

    def round(self):
        daemon = self.bench.daemon(self.documents()).start()
        noise = Noise(self.bench, self.server)
        try:
            daemon.scanned("bench")
            proc.until(lambda: self.looks(daemon).get("nothing", {}).get("count", 0) > 3,
                       "a look that read nothing", 120)
            self.measure(daemon, "unchanged", "nothing", False)
            self.measure(daemon, "1,000 changed", "keys", True)
        finally:
            noise.stop()
            daemon.stop()

    def report(self):
        for name, goal in GOALS_MS.items():
            values = self.figures[name]
            self.bench.report.figure("busy", f"{name} of {self.rows:,} rows", "ms", values,
                                     "goal", [goal] * len(values))
            if sorted(values)[len(values) // 2] > goal:
                self.bench.report.fail("busy", f"{name}: above {goal} ms")


def run(bench):
    part = Part(bench)
    for _ in range(1 if bench.quick else bench.rounds):
        part.round()
    part.report()
    part.server.stop()
