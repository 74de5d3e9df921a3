"""How long until a changed row is known, and until it is repaired, when only a feed can say so: by
LISTEN and by logical decoding, with an hour between scans.

A row of the desired side is changed, and the clock of the same machine says when; `known` is when its
drift was first seen by a reconciler that only observes, `repaired` when a trigger saw the write to the
copy. Beside it: `pg_recvlogical`, which only prints that something changed. The part fails when a scan
was needed, and above the goal.
"""
import datetime
import queue
import threading
import time

from lib import machine, proc
from lib.daemon import reconciler, target
from lib.postgres import PostgresServer

ROWS = 10_000
GOAL_MS = 100
FEEDS = {"LISTEN": "listen: prices_changed", "decoding": "publication: changes"}

TABLES = """
create table prices(id int primary key, amount int not null);
insert into prices select g, g from generate_series(1, {rows}) g;
create publication changes for table prices;
create function notify() returns trigger language plpgsql as
  $$ begin perform pg_notify('prices_changed', new.id::text); return null; end $$;
create trigger notify after update on prices for each row execute function notify();
create table copy(id int primary key, amount int not null);
insert into copy select * from prices;
create table watched(id int primary key, amount int not null);
insert into watched select * from prices;
create table written(id int, amount int, at double precision);
create function note() returns trigger language plpgsql as $$ begin
  insert into written values (new.id, new.amount, extract(epoch from clock_timestamp()));
  return null; end $$;
create trigger note after update on copy for each row execute function note()"""


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Printed:
    """When pg_recvlogical printed a change of a row."""

    def __init__(self, process):
        self._lines = queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        for line in stream:
            if "UPDATE" in line:
                self._lines.put(time.time())

    def next(self):
        return self._lines.get(timeout=30)


class Part:
    def __init__(self, bench):
        self.bench = bench
        self.changes = 40 if bench.quick else 200
        self.server = PostgresServer(bench.work, bench.sockets, ["wal_level=logical"]).start()
        self.server.create_database("shop")
        self.sql = self.server.session("shop")
        self.sql.run(TABLES.format(rows=ROWS))
        self.figures = {}
        self.amount = 1_000_000

    def documents(self, feed):
        desired = f"desired: {{target: shop, table: prices, key: id, {feed}}}"
        common = ["interval: 1h", "wake: {targets: [shop]}", desired]
        return [target("shop", "postgres", self.server.connect("shop"), "connections: 4"),
                reconciler("copies", [*common, "actual: {target: shop, table: copy, key: id}",
                                      "gates: {cooldown: 0s}"]),
                reconciler("watches", [*common, "actual: {target: shop, table: watched, key: id}"])
                .replace("mode: auto", "mode: observe")]

    def change(self, key):
        """Changes one row; when."""
        self.amount += 1
        return float(self.sql.one(f"update prices set amount = {self.amount} where id = {key} "
                                  "returning extract(epoch from clock_timestamp())"))

    def repaired(self, key):
        return self.sql.one(f"select at from written where id = {key} and amount = {self.amount}")

    def seen(self, daemon, keys):
        """When the drift of each row was first seen."""
        def all_there():
            items = daemon.api("GET", "/reconcilers/watches/drifts?limit=1000")["items"]
            seen = {item["key"]: seconds_of(item["firstSeen"]) for item in items}
            return seen if all(str(key) in seen for key in keys) else None
        return proc.until(all_there, "the drifts", 60)

    def scans(self, daemon):
        return sum(daemon.metrics("sideband_scans_total").values())

    def measure(self, feed):
        self.sql.run("update copy c set amount = p.amount from prices p where p.id = c.id;"
                     "update watched c set amount = p.amount from prices p where p.id = c.id;"
                     "truncate written")
        daemon = self.bench.daemon(self.documents(FEEDS[feed])).start()
        try:
            return self.changes_seen(daemon)
        finally:
            daemon.stop()

    def quiet(self, daemon):
        """The scans of the start, which each feed asks for when it begins, are over."""
        for name in ("copies", "watches"):
            daemon.scanned(name)
        proc.until(lambda: sum(daemon.metrics("sideband_feed_up").values()) == 2, "the feeds")
        last = [-1, 0]

        def settled():
            now = self.scans(daemon)
            last[1] = last[1] + 1 if now == last[0] else 0
            last[0] = now
            return last[1] >= 10
        proc.until(settled, "the scans of the start", every=0.1)

    def changes_seen(self, daemon):
        self.quiet(daemon)
        before = self.scans(daemon)
        at, repaired = {}, []
        for key in range(1, self.changes + 1):
            at[key] = self.change(key)
            done = proc.until(lambda: self.repaired(key), f"repair of {key}", 60, every=0.005)
            repaired.append(1000 * (float(done) - at[key]))
            time.sleep(0.013 * (key % 3))
        seen = self.seen(daemon, at)
        if self.scans(daemon) != before:
            self.bench.report.fail("detect", "a scan was needed")
        known = [1000 * (seen[str(key)] - at[key]) for key in at]
        return self.percentiles(known=known, repaired=repaired)

    def measure_raw(self):
        process = self.server.recvlogical("shop", "raw")
        printed, times = Printed(process), []
        self.change(1)
        printed.next()
        for key in range(1, self.changes + 1):
            at = self.change(key)
            times.append(1000 * (printed.next() - at))
        proc.stop(process)
        proc.until(lambda: self.sql.one("select active from pg_replication_slots") == "f",
                   "the end of pg_recvlogical")
        self.sql.run("select pg_drop_replication_slot('raw')")
        return self.percentiles(printed=times)

    @staticmethod
    def percentiles(**values):
        return {f"{name} {label}": round(percentile(times, share), 2)
                for name, times in values.items()
                for label, share in (("p50", 0.5), ("p99", 0.99))}

    def run(self):
        subjects = {feed: lambda feed=feed: self.measure(feed) for feed in FEEDS}
        subjects["pg_recvlogical"] = self.measure_raw
        for _ in range(self.bench.rounds):
            for name, measure in subjects.items():
                got = machine.quietest(measure)
                self.bench.report.run("detect", name, changes=self.changes, **got)
                for figure, value in got.items():
                    self.figures.setdefault((name, figure), []).append(value)

    def summarize(self):
        for feed in FEEDS:
            for share in ("p50", "p99"):
                for what in ("known", "repaired"):
                    self.bench.report.figure(
                        "detect", f"{feed}: row changed to {what}, {share}", "ms",
                        self.figures[feed, f"{what} {share}"], "pg_recvlogical prints it",
                        self.figures["pg_recvlogical", f"printed {share}"])
            worst = sorted(self.figures[feed, "known p99"])[self.bench.rounds // 2]
            if worst > GOAL_MS:
                self.bench.report.fail("detect", f"{feed}: p99 is {worst} ms, not {GOAL_MS}")


def run(bench):
    part = Part(bench)
    part.run()
    part.summarize()
