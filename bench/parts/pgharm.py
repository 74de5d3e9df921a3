"""Does sideband disturb a PostgreSQL that serves others? pgbench works at a fixed rate, reading
single rows and making its own small transactions, while sideband is off, idle, scanning, repairing,
saturated with repairs, or killed in one.

Latencies are those of `pgbench -l`, from when each transaction was due, so that a slow one cannot
hide those behind it. Each phase is measured with everything on two cores, and with the server and
pgbench on one and everything of ours on the other. The phases take turns; `off again` shows the noise. The part fails when sideband
has more sessions than its limits say, or holds vacuum back for longer than one range of a scan.
"""
import threading
import time

from lib import cores, machine, proc
from lib.daemon import reconciler, target
from lib.postgres import PostgresServer

ROWS = 200_000
SCALE = 10
RATES = {"select": 400, "tpcb": 80}
CONNECTIONS = 2
READS_PER_SECOND = 20_000
CHANGES_PER_SECOND = 500
# Of the p99, as a multiple of `off`.
GOALS = {"idle": 1.05, "scanning, limited": 1.10, "repairing": 1.25, "killed in a repair": 1.05}
# A snapshot is that of one range, about 2 MiB, and the watch looks every 20 ms.
LONGEST_SNAPSHOT_S = 2.0

TABLES = """
create table prices(id int primary key, amount int not null);
insert into prices select g, g from generate_series(1, {rows}) g;
create table copy(id int primary key, amount int not null);
insert into copy select * from prices;
create table fence(scope text primary key, token bigint not null);
vacuum analyze"""


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Watch:
    """Between enter and exit: the most sessions of sideband, and for how long one of them kept the
    same snapshot, which is what holds vacuum back."""

    def __init__(self, server, every=0.02):
        self._sql, self._every = server.session("shop"), every
        self.sessions, self.longest_s = 0, 0.0
        self._since = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self._end.wait(self._every):
            rows = self._sql.run("select pid, backend_xmin, query_start from pg_stat_activity "
                                 "where application_name = 'sideband'")
            self._note(rows, time.monotonic())

    def _note(self, rows, now):
        self.sessions = max(self.sessions, len(rows))
        held = {row for row in rows if row.split("|")[1]}
        self._since = {row: self._since.get(row, now) for row in held}
        for since in self._since.values():
            self.longest_s = max(self.longest_s, round(now - since, 3))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        self._sql.close()


class Site:
    def __init__(self, bench):
        self.bench = bench
        self.layout = None
        self.server = PostgresServer(bench.work, bench.sockets).start()
        self.server.create_database("shop")
        proc.output(self.server.pgbench("shop", "-i", "-q", "-s", SCALE))
        self.sql = self.server.session("shop")
        self.sql.run(TABLES.format(rows=ROWS))

    def lay_out(self, layout):
        self.layout = layout
        cores.move(self.server.process.pid, layout.target)

    def spoil(self, rows):
        self.sql.run(f"update copy set amount = -id where id <= {rows} and amount <> -id")

    def mend(self):
        self.sql.run("update copy set amount = id where amount <> id")
        # The tokens of the daemon before would have to be passed by those of a new one.
        self.sql.run("truncate fence")
        self.sql.run("vacuum copy")
        self.sql.run("checkpoint")

    def daemon(self, interval="24h", gates="concurrency: 100000", reads=READS_PER_SECOND):
        self.mend()
        limits = f"connections: {CONNECTIONS}" + (f", readsPerSecond: {reads}" if reads else "")
        documents = [target("shop", "postgres", self.server.connect("shop"), limits),
                     reconciler("bench", [
                         f"interval: {interval}", "desired: {target: shop, table: prices, key: id}",
                         "actual: {target: shop, table: copy, key: id, fence: fence}",
                         f"gates: {{{gates}}}"])]
        daemon = self.bench.daemon(documents).start()
        daemon.scanned("bench")
        return daemon

    def rows_read(self):
        """Of the two tables, by whomever: pgbench has its own."""
        return int(self.sql.one("select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from "
                                "pg_stat_user_tables where relname in ('prices', 'copy')"))

    def load(self, kind, seconds):
        script = "select-only" if kind == "select" else "tpcb-like"
        folder = self.bench.work / "pgbench"
        folder.mkdir(exist_ok=True)
        for old in folder.glob(f"{kind}.*"):
            old.unlink()
        with cores.on(self.layout.target):
            return proc.start(self.server.pgbench(
                "shop", "-n", "-b", script, "-c", 4, "-j", 1, "-T", seconds, "-R", RATES[kind],
                "-l", f"--log-prefix={folder / kind}"), log=folder / "output")

    def latencies(self, kind):
        """Of a load that has ended, in microseconds and rising."""
        lines = [line.split() for path in (self.bench.work / "pgbench").glob(f"{kind}.*")
                 for line in path.read_text().splitlines()]
        return sorted(int(line[2]) for line in lines if line[2].isdigit())


class Off:
    """A phase of its own; the others are like it, with a daemon that does something."""
    name = "off"
    works = ()  # what must have gone on during the measurement

    def __init__(self, site):
        self.site, self.daemon = site, None

    def begin(self):
        """Before the measurement: everything that must be there when it starts."""
        self.site.mend()

    def during(self):
        """At the start of the measurement, in its time."""

    def done(self):
        """What the daemon has done so far; a scan under way counts by the rows that it has read."""
        if self.daemon is None or self.daemon.process.poll() is not None:
            return {}
        return {"changes": sum(self.daemon.metrics("sideband_changes_total").values()),
                "rows_read": self.site.rows_read()}

    def end(self):
        if self.daemon:
            self.daemon.stop()


class OffAgain(Off):
    name = "off again"


class Idle(Off):
    name = "idle"

    def begin(self):
        self.daemon = self.site.daemon()


class Scanning(Off):
    name = "scanning, limited"
    reads = READS_PER_SECOND
    works = ("rows_read",)

    def begin(self):
        self.daemon = self.site.daemon(interval="100ms", reads=self.reads)


class ScanningFreely(Scanning):
    name = "scanning, no limit"
    reads = 0


class Repairing(Off):
    name = "repairing"
    works = ("changes",)
    gates = f"concurrency: 100000, rateLimit: {{maxPerSecond: {CHANGES_PER_SECOND}}}"

    def begin(self):
        self.daemon = self.site.daemon(gates=self.gates, reads=0)
        self.site.spoil(ROWS // 4)
        self.scan = self.daemon.cli_beside("scan-now", "bench")
        proc.until(self.has_begun, "the first change", 120)

    def has_begun(self):
        return sum(self.daemon.metrics("sideband_changes_total").values()) > 0

    def end(self):
        proc.stop(self.scan)
        super().end()


class Saturated(Off):
    """The API gets repairs of single keys as fast as it takes them, without a rate limit."""
    name = "saturated"
    works = ("changes",)

    def begin(self):
        self.daemon = self.site.daemon(reads=0)
        self.site.spoil(ROWS // 4)

    def during(self):
        argv = [self.site.bench.program("api_bench"), self.daemon.socket, self.daemon.token_file,
                "bench", 1, ROWS // 4, 64]
        self.flood = proc.start(argv, log=self.site.bench.work / "flood.log")

    def end(self):
        proc.stop(self.flood)
        super().end()


class Killed(Repairing):
    """The same repair as `repairing`; the daemon is killed -9 just as the measurement begins."""
    name = "killed in a repair"
    works = ()

    def during(self):
        self.daemon.kill()

    def end(self):
        proc.stop(self.scan)


PHASES = (Off, Idle, Scanning, ScanningFreely, OffAgain, Repairing, Saturated, Killed)


class Part:
    def __init__(self, bench):
        self.bench, self.site = bench, Site(bench)
        self.seconds = 4 if bench.quick else 12
        self.layouts = cores.layouts()
        self.figures = {}

    def take(self, layout, kind):
        phase = kind(self.site)
        self.site.lay_out(layout)

        def attempt():
            with cores.on(layout.ours):
                phase.begin()
                time.sleep(1)  # what the preparation left behind
                try:
                    return self.measure(phase)
                finally:
                    phase.end()

        got = machine.quietest(attempt)
        self.bench.report.run("pgharm", phase.name, layout=layout.name, **got)
        for load in RATES:
            for share in ("p50_us", "p99_us"):
                series = self.figures.setdefault((layout.name, phase.name, load, share), [])
                series.append(got[load][share])

    def measure(self, phase):
        before = phase.done()
        with Watch(self.site.server) as watch:
            phase.during()
            loads = [self.site.load(kind, self.seconds) for kind in RATES]
            for load in loads:
                load.wait(self.seconds + 60)
                proc.stop(load)
        done = {name: int(now - before.get(name, 0)) for name, now in phase.done().items()}
        self.check(phase, watch, done)
        got = {}
        for kind, rate in RATES.items():
            times = self.site.latencies(kind)
            if len(times) < rate * self.seconds * 0.8:
                self.bench.report.fail("pgharm", f"{phase.name}: {kind} made {len(times)} "
                                                 f"transactions of {rate * self.seconds}")
            got[kind] = {"p50_us": percentile(times, 0.5), "p99_us": percentile(times, 0.99)}
        return {**got, **done, "sessions": watch.sessions, "longest_snapshot_s": watch.longest_s}

    def check(self, phase, watch, done):
        for name in phase.works:
            if done.get(name, 0) == 0:
                self.bench.report.fail("pgharm", f"{phase.name}: no {name}")
        if watch.sessions > CONNECTIONS:
            self.bench.report.fail("pgharm", f"{phase.name}: {watch.sessions} sessions, "
                                             f"{CONNECTIONS} are allowed")
        if watch.longest_s > LONGEST_SNAPSHOT_S:
            self.bench.report.fail("pgharm", f"{phase.name}: vacuum was held back for "
                                             f"{watch.longest_s} s")

    def run(self):
        for number in range(self.bench.rounds):
            for layout in self.layouts:
                for kind in PHASES if number % 2 == 0 else reversed(PHASES):
                    self.take(layout, kind)

    def summarize(self):
        for layout in self.layouts:
            for phase in PHASES[1:]:
                for load in RATES:
                    for share in ("p50_us", "p99_us"):
                        self.show(layout.name, phase.name, load, share)

    def show(self, layout, phase, load, share):
        goal = GOALS.get(phase) if share == "p99_us" else None
        name = f"{layout}: {load} {share[:3]}, {phase}" + (f" (goal {goal})" if goal else "")
        self.bench.report.figure("pgharm", name, "us", self.figures[layout, phase, load, share],
                                 "off", self.figures[layout, "off", load, share])


def run(bench):
    part = Part(bench)
    part.run()
    part.summarize()
