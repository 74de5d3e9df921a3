"""How cost grows: a look with the rows of its tables, a repair with the differences among a million keys,
a daemon with its reconcilers. Four sizes each, time and CPU time."""
import time

from lib import machine, proc
from lib.drift_data import Data
from parts import drift, million
from parts.fleet import ITEMS, Fleet

ROWS = (10_000, 100_000, 1_000_000, 10_000_000)
KEYS = 1_000_000
DIFFERENCES = (1, 100, 10_000, 1_000_000)
RECONCILERS = (1, 10, 100, 1_000)


class Part:
    def __init__(self, bench):
        self.bench, self.taken = bench, {}

    def take(self, what, **figures):
        """One run of one size; `figures` by unit."""
        self.bench.report.run("scaling", what, **figures)
        for unit, value in figures.items():
            self.taken.setdefault((what, unit), []).append(value)

    def report(self):
        for (what, unit), values in self.taken.items():
            self.bench.report.figure("scaling", what, unit, values)

    def rows(self, rows):
        """Two PostgreSQL tables with 1,000 differences, as chosen and merged; CPU of both sides."""
        data = Data(self.bench, rows).make()
        subjects = drift.Subjects(self.bench, data)
        for _ in range(self.bench.rounds):
            for way, what in (("scan", "as chosen"), ("merge", "merge")):
                machine.wait_until_quiet()
                server = proc.tree_cpu_us(data.server.pid)
                got = subjects.ours("pg", way)
                drift.check(way, got, drift.ALL)
                server = proc.tree_cpu_us(data.server.pid) - server
                self.take(f"{rows:,} rows, {what}", s=got["s"], cpu_s=round(got["cpu_s"], 4),
                          server_cpu_s=round(server / 1e6, 2), MiB=got["peak_mib"])
        data.server.stop()

    def differences(self, drifted, keys):
        """Of `keys` Redis keys, from the start of the process to validated convergence."""
        redis = self.bench.redis("target")
        client = redis.client()
        given = million.Input(self.bench, keys).make(client)
        for _ in range(self.bench.rounds):
            given.pipe(redis, "wanted")
            for first in range(1, drifted + 1, million.PIECE):
                client.pipeline([("SET", f"item:{i}", million.found(i)) for i in
                                 range(first, min(first + million.PIECE, drifted + 1))])
            daemon = self.bench.daemon(given.documents(redis))
            machine.wait_until_quiet()
            begin = time.monotonic()
            daemon.start()
            with machine.Peak(daemon.pid) as peak:
                got = million.repair(daemon, begin)
            million.check(client, keys, million.wanted, f"{drifted:,} differences")
            self.take(f"{drifted:,} differences of {keys:,} keys", s=round(got["total_s"], 3),
                      cpu_s=proc.cpu_us(daemon.pid) / 1e6, MiB=peak.mib)
            daemon.stop()

    def reconcilers(self, count):
        """All of them look at once, and then rest."""
        for _ in range(self.bench.rounds):
            machine.wait_until_quiet()
            fleet = Fleet(self.bench, count).start()
            woken = fleet.wake_all()
            self.take(f"{count:,} reconcilers of {ITEMS:,} items", s=woken["woken_s"],
                      cpu_s=woken["woken_cpu_s"], MiB=woken["woken_mib"],
                      rest_MiB=round(fleet.at_rest_mib(), 1))
            fleet.stop()
            self.bench.clean()


def run(bench):
    part = Part(bench)
    for rows in ROWS[:2] if bench.quick else ROWS if bench.full else ROWS[:3]:
        part.rows(rows)
        bench.clean()
    keys = KEYS // 100 if bench.quick else KEYS
    for drifted in dict.fromkeys(min(drifted, keys) for drifted in DIFFERENCES):
        part.differences(drifted, keys)
        bench.clean()
    for count in RECONCILERS[:2] if bench.quick else RECONCILERS:
        part.reconcilers(count)
    part.report()
