"""Does sideband disturb the request path? Clients of a Redis and readers of a folder ask at a fixed
rate while sideband is off, idle, scanning, repairing, flooded with requests, or killed.

Each phase is measured with everything on two cores, and with the target and its clients on one and
everything of ours on the other. The phases take turns and the whole is repeated, so that the spread
of `off` shows the noise. The part fails when sideband opens more connections or reads more keys than
the target's limits say.
"""
import json
import sqlite3
import subprocess
import time

from lib import cores, machine, proc
from lib.daemon import reconciler, target
from lib.limits import LimitWatch

KEYS = 20_000
ORDERS = 1_000  # of a second reconciler on the same Redis, which shares its limits
FILES = 2_000
REDIS_RATE = 1_500
FILE_RATE = 500
CONNECTIONS = 2
READS_PER_SECOND = 2_000
# While it repairs: each change is read before and after.
REPAIR_READS_PER_SECOND = 10_000
CHANGES_PER_SECOND = 2_000
LOADS = ("redis", "files")
# Of the p99 of the request path, as a multiple of `off`.
GOALS = {"idle": 1.05, "scanning": 1.10, "repairing": 1.25, "killed in a repair": 1.05}


def wanted(i):
    return f"wanted {i}"


class Site:
    """The request path, and what sideband looks after: keys of a Redis, files of a folder."""

    def __init__(self, bench):
        self.bench = bench
        self.layout = None
        self.redis = bench.redis("target")
        self.client = self.redis.client()
        self.database = bench.work / "desired.db"
        with sqlite3.connect(self.database) as db:
            for table, rows in (("items", KEYS), ("orders", ORDERS)):
                db.execute(f"create table {table}(id integer primary key, value text)")
                db.executemany(f"insert into {table} values(?, ?)",
                               ((i, wanted(i)) for i in range(1, rows + 1)))
        for i in range(FILES):
            for side in ("wanted", "live"):
                folder = bench.work / side / f"{i % 50}"
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{i}.yaml").write_text(f"number: {i}\n" * 50)

    def start_anew(self):
        """Without the fence of the daemon before, whose tokens a new one would have to pass."""
        self.client.command("FLUSHALL")
        self.set_all(wanted)
        self.client.pipeline([("SET", f"order:{i}", wanted(i)) for i in range(1, ORDERS + 1)])

    def set_all(self, value):
        for first in range(1, KEYS + 1, 1000):
            self.client.pipeline([("SET", f"item:{i}", value(i))
                                  for i in range(first, min(first + 1000, KEYS + 1))])

    def lay_out(self, layout):
        self.layout = layout
        cores.move(self.redis.pid, layout.target)

    def documents(self, interval, gates, reads):
        work = self.bench.work
        limits = (f"connections: {CONNECTIONS}, readsPerSecond: {reads}, "
                  f"writesPerSecond: {CHANGES_PER_SECOND}")
        common = [f"interval: {interval}", f"gates: {{{gates}}}"]
        return [target("source", "sqlite", f"path: {self.database}"),
                target("cache", "redis", f"socket: {self.redis.socket}", limits),
                target("wanted", "files", f"root: {work / 'wanted'}"),
                target("live", "files", f"root: {work / 'live'}", "readsPerSecond: 2000"),
                reconciler("bench", ["desired: {target: source, table: items, key: id}",
                                     'actual: {target: cache, key: "item:{id}", value: "{value}"}',
                                     *common]),
                reconciler("orders", ["desired: {target: source, table: orders, key: id}",
                                      'actual: {target: cache, key: "order:{id}", value: "{value}"}',
                                      *common]),
                reconciler("tree", ['desired: {target: wanted, files: "*/*.yaml"}',
                                    'actual: {target: live, files: "*/*.yaml"}', *common])]

    def daemon(self, interval="24h", gates="concurrency: 100000", reads=READS_PER_SECOND):
        self.start_anew()
        daemon = self.bench.daemon(self.documents(interval, gates, reads)).start()
        for name in ("bench", "orders", "tree"):
            daemon.scanned(name)
        return daemon

    def load(self, kind, seconds):
        program = self.bench.program("request_path")
        words = {"redis": ["redis", self.redis.socket, REDIS_RATE, seconds, KEYS],
                 "files": ["files", self.bench.work / "live", FILE_RATE, seconds]}
        with cores.on(self.layout.target):
            return proc.start([program, *words[kind]], stdout=subprocess.PIPE, text=True)


class Off:
    """A phase of its own; the others are like it, with a daemon that does something."""
    name = "off"
    must_change = False
    reads_per_second = READS_PER_SECOND

    def __init__(self, site):
        self.site, self.daemon = site, None

    def begin(self):
        """Before the measurement: everything that must be there when it starts."""
        self.site.start_anew()

    def during(self):
        """At the start of the measurement, in its time."""

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
    name = "scanning"

    def begin(self):
        self.daemon = self.site.daemon(interval="100ms")


class Repairing(Off):
    """All keys are wrong; sideband repairs them as fast as its rate limit allows."""
    name = "repairing"
    must_change = True
    reads_per_second = REPAIR_READS_PER_SECOND

    def begin(self):
        self.daemon = self.site.daemon(
            gates=f"rateLimit: {{maxPerSecond: {CHANGES_PER_SECOND}}}",
            reads=self.reads_per_second)
        self.site.set_all(lambda i: f"found {i}")
        self.scan = self.daemon.cli_beside("scan-now", "bench")
        proc.until(self.has_begun, "the first change", 60)

    def has_begun(self):
        return sum(self.daemon.metrics("sideband_changes_total").values()) > 0

    def end(self):
        proc.stop(self.scan)
        super().end()


class Flooded(Off):
    """The API gets repairs of single keys as fast as it takes them."""
    name = "flooded"
    must_change = True

    def begin(self):
        self.daemon = self.site.daemon()
        self.site.set_all(lambda i: f"found {i}")

    def during(self):
        argv = [self.site.bench.program("api_bench"), self.daemon.socket, self.daemon.token_file,
                "bench", 1, KEYS, 64]
        self.flood = proc.start(argv, log=self.site.bench.work / "flood.log")

    def end(self):
        proc.stop(self.flood)
        super().end()


class Killed(Repairing):
    """The same repair; the daemon is killed -9 just as the measurement begins."""
    name = "killed in a repair"
    must_change = False

    def during(self):
        self.daemon.kill()

    def end(self):
        proc.stop(self.scan)


PHASES = (Off, Idle, Scanning, OffAgain, Repairing, Flooded, Killed)


def changed(daemon):
    if daemon is None or daemon.process.poll() is not None:
        return 0
    return sum(daemon.metrics("sideband_changes_total").values())


class Part:
    def __init__(self, bench):
        self.bench, self.site = bench, Site(bench)
        self.seconds = 3 if bench.quick else 8
        self.layouts = cores.layouts()
        self.p99 = {(layout.name, phase.name, load): []
                    for layout in self.layouts for phase in PHASES for load in LOADS}
        self.p50 = {key: [] for key in self.p99}

    def take(self, layout, kind):
        """One phase, begun and ended anew for each attempt."""
        phase = kind(self.site)
        self.site.lay_out(layout)

        def attempt():
            with cores.on(layout.ours):
                phase.begin()
                time.sleep(1)  # what the preparation left behind: sockets, signatures, write-back
                try:
                    return self.measure(phase)
                finally:
                    phase.end()

        got = machine.quietest(attempt)
        self.bench.report.run("harm", phase.name, layout=layout.name, **got)
        for load in LOADS:
            self.p50[layout.name, phase.name, load].append(got[load]["p50_us"])
            self.p99[layout.name, phase.name, load].append(got[load]["p99_us"])

    def measure(self, phase):
        before, begin = changed(phase.daemon), time.monotonic()
        with LimitWatch(self.site.redis) as watch:
            phase.during()
            loads = {kind: self.site.load(kind, self.seconds) for kind in LOADS}
            got = {kind: json.loads(load.communicate(timeout=60)[0])
                   for kind, load in loads.items()}
            for load in loads.values():
                proc.stop(load)
        seconds = time.monotonic() - begin
        made = max(0, changed(phase.daemon) - before)
        reads = watch.lookups - got["redis"]["reads"]
        self.check_limits(phase, watch.connections, reads, made, seconds)
        return {**got, "connections": watch.connections, "key_reads": reads, "changes": made,
                "seconds": round(seconds, 2)}

    def check_limits(self, phase, connections, reads, made, seconds):
        if phase.must_change and made == 0:
            self.bench.report.fail("harm", f"{phase.name}: no change was made")
        if connections > CONNECTIONS:
            self.bench.report.fail("harm", f"{phase.name}: {connections} connections to Redis, "
                                           f"{CONNECTIONS} are allowed")
        # One call more for each connection; a change reads its key once more inside the script that
        # sets it, and each script its fence.
        allowed = phase.reads_per_second * (seconds + 0.1) + CONNECTIONS * 100 + 2 * made
        if reads > allowed:
            self.bench.report.fail("harm", f"{phase.name}: {reads} keys read in {seconds:.1f} s, "
                                           f"at most {allowed:.0f} are allowed")

    def run(self):
        for number in range(self.bench.rounds):
            for layout in self.layouts:
                for kind in PHASES if number % 2 == 0 else reversed(PHASES):
                    self.take(layout, kind)

    def summarize(self):
        for layout in self.layouts:
            for phase in PHASES[1:]:
                for load in LOADS:
                    self.show(layout.name, phase.name, load, "p50", self.p50)
                    self.show(layout.name, phase.name, load, "p99", self.p99)

    def show(self, layout, phase, load, share, values):
        goal = GOALS.get(phase) if share == "p99" else None
        name = f"{layout}: {load} {share}, {phase}" + (f" (goal {goal})" if goal else "")
        self.bench.report.figure("harm", name, "us", values[layout, phase, load], "off",
                                 values[layout, "off", load])


def run(bench):
    part = Part(bench)
    part.run()
    part.summarize()
