"""Durable repairs, submitted one by one over the API, beside BullMQ and what SQLite alone allows.

Each state of a repair is committed and in the audit log before the next: accepted, claimed with its
intent, outcome, converged. BullMQ records four steps in Redis with `appendfsync always`.
"""
import json
import sqlite3

from lib import machine, peer, proc
from lib.bench import ROOT
from lib.daemon import reconciler, target

IN_FLIGHT = 64
PER_SECOND = 50
COMMITS = 2  # of a small repair: accepted with its first intent, outcome with its end


class Sideband:
    """The first scan finds every key different, which the cap holds back; then keys are asked for
    one by one."""
    warm_up = 200

    def __init__(self, bench, keys):
        self.bench, self.keys, self.next = bench, keys, 1

    def gates(self):
        return ["interval: 24h", f"gates: {{maxChanges: {{count: {self.keys - 1}, window: 1h}}, "
                                 "rateLimit: {maxPerSecond: 10000000}, concurrency: 100000}"]

    def start(self):
        self.daemon = self.bench.daemon(self.documents(), self.name, self.options()).start()
        seen = self.daemon.scanned("bench")
        if seen["status"] != "held":
            raise RuntimeError(f"the first scan should be held back: {seen}")
        if self.warm_up:
            self.measure(self.warm_up, IN_FLIGHT)
        return self

    def measure(self, count, in_flight, how=None):
        if self.next + count > self.keys:
            raise RuntimeError("no keys left; the benchmark needs more items")
        before = {name: proc.cpu_us(pid) for name, pid in self.pids().items()}
        argv = [self.bench.program("api_bench"), self.daemon.socket, self.daemon.token_file,
                "bench", self.next, count, in_flight, *([how] if how else [])]
        self.next += count
        got = json.loads(proc.output(argv))
        for name, pid in self.pids().items():
            got[f"{name}_cpu_us"] = round((proc.cpu_us(pid) - before[name]) / count, 1)
        return got

    def options(self):
        return ()

    def pids(self):
        return {"serve": self.daemon.pid}

    def loaded(self, count, in_flight=IN_FLIGHT):
        return self.measure(count, in_flight, "submit")

    def closed(self, count):
        return self.measure(count, IN_FLIGHT)

    def alone(self, count):
        return self.measure(count, 1)

    def paced(self, count):
        return self.measure(count, IN_FLIGHT, PER_SECOND)

    def stop(self):
        self.daemon.stop()


class OnNothing(Sideband):
    name = "noop"

    def documents(self):
        return [target("nowhere", "noop", limits="connections: 1"),
                reconciler("bench", [f"desired: {{target: nowhere, items: {self.keys}}}",
                                     f"actual: {{target: nowhere, items: {self.keys}}}",
                                     *self.gates()])]


class OnRedis(Sideband):
    name = "redis-target"

    def documents(self):
        database = self.bench.work / "desired.db"
        database.unlink(missing_ok=True)
        with sqlite3.connect(database) as db:
            db.execute("create table items(id integer primary key, value text)")
            db.executemany("insert into items values(?, ?)",
                           ((i, f"wanted {i}") for i in range(1, self.keys + 1)))
        self.redis = self.bench.redis("target")
        client = self.redis.client()
        for first in range(1, self.keys + 1, 1000):
            client.pipeline([("SET", f"item:{i}", f"found {i}")
                             for i in range(first, min(first + 1000, self.keys + 1))])
        return [target("source", "sqlite", f"path: {database}", "connections: 4"),
                target("cache", "redis", f"socket: {self.redis.socket}", "connections: 4"),
                reconciler("bench", ["desired: {target: source, table: items, key: id}",
                                     'actual: {target: cache, key: "item:{id}", value: "{value}"}',
                                     *self.gates()])]

    def pids(self):
        return {"serve": self.daemon.pid, "redis": self.redis.pid}

    def stop(self):
        super().stop()
        self.redis.stop()


class BullMq(peer.Submitter):
    name = "bullmq"
    in_flight, per_second = IN_FLIGHT, PER_SECOND

    def start(self):
        self.redis = self.bench.redis("bullmq-redis", durable=True)
        return self.start_client(self.redis.socket)

    def server_cpu_us(self):
        return {"redis": proc.cpu_us(self.redis.pid)}

    def stop(self):
        super().stop()
        self.redis.stop()


def raw_sqlite(bench, batch):
    folder = bench.work / "raw"
    folder.mkdir(exist_ok=True)
    seconds = 1 if bench.quick else 3
    got = json.loads(proc.output([bench.program("raw_sqlite"), folder, COMMITS, batch,
                                   seconds]))
    for path in folder.iterdir():
        path.unlink()
    return got


class Measured:
    """All runs of a part, by subject and phase."""

    def __init__(self, bench, part="repairs"):
        self.bench, self.part, self.runs = bench, part, {}

    def take(self, subject, phase, measure):
        got = machine.quietest(measure)
        self.bench.report.run(self.part, subject, phase=phase, **got)
        self.runs.setdefault((subject, phase), []).append(got)
        return got

    def values(self, subject, phase, key):
        return [run[key] for run in self.runs[subject, phase]]

    def cpu(self, subject):
        return [sum(value for key, value in run.items() if key.endswith("_cpu_us"))
                for run in self.runs[subject, "loaded"]]


def round_of(bench, measured, backwards):
    seconds = 2 if bench.quick else 8
    keys = 60_000 if bench.quick else 400_000
    subjects = [OnNothing(bench, keys), OnRedis(bench, keys), BullMq(bench)]
    try:
        for subject in subjects:
            subject.start()
        if backwards:
            subjects.reverse()
        for subject in subjects:
            rate = subject.loaded(2000)["per_second"]
            count = min(int(rate * seconds), (keys - 20_000) // 3)
            measured.take(subject.name, "loaded", lambda: subject.loaded(count))
            measured.take(subject.name, "closed", lambda: subject.closed(count))
        measured.take("disk", "alone", lambda: {"flush_ms": machine.flush_ms(bench.work)})
        for subject in subjects:
            measured.take(subject.name, "alone", lambda: subject.alone(500))
        for subject in subjects:
            measured.take(subject.name, "paced",
                          lambda: subject.paced(PER_SECOND * (2 if bench.quick else 10)))
    finally:
        bench.clean()
    for batch in (1, 8, 64):
        measured.take("raw SQLite", f"batch {batch}", lambda: raw_sqlite(bench, batch))


def summarize(bench, measured):
    figure, values = bench.report.figure, measured.values
    rival = "BullMQ, 4 steps, fsync always"
    for subject in ("noop", "redis-target"):
        figure("repairs", f"{subject}, {IN_FLIGHT} submissions in flight", "1/s",
               values(subject, "loaded", "per_second"), rival,
               values("bullmq", "loaded", "per_second"))
        figure("repairs", f"{subject}, {IN_FLIGHT} repairs in flight", "1/s",
               values(subject, "closed", "per_second"), rival,
               values("bullmq", "closed", "per_second"))
        for share in ("p50_ms", "p95_ms", "p99_ms"):
            figure("repairs", f"{subject}, {IN_FLIGHT} repairs in flight, {share[:3]}", "ms",
                   values(subject, "closed", share), rival, values("bullmq", "closed", share))
        figure("repairs", f"{subject}, CPU of all processes", "us a repair", measured.cpu(subject),
               rival, measured.cpu("bullmq"))
        for phase, what in (("alone", "one at a time"), ("paced", f"at {PER_SECOND}/s")):
            for share in ("p50_ms", "p95_ms", "p99_ms"):
                figure("repairs", f"{subject}, {what}, {share[:3]}", "ms",
                       values(subject, phase, share), rival, values("bullmq", phase, share))
    above = [p50 - COMMITS * flush for p50, flush in zip(
        values("noop", "alone", "p50_ms"), values("disk", "alone", "flush_ms"))]
    figure("repairs", "noop, one at a time, p50 above two flushes", "ms", above)
    for batch in (1, 8, 64):
        figure("repairs", f"noop, {IN_FLIGHT} submissions in flight", "1/s",
               values("noop", "loaded", "per_second"), f"raw SQLite, {COMMITS} commits for {batch}",
               values("raw SQLite", f"batch {batch}", "per_second"))


def run(bench):
    measured = Measured(bench)
    for number in range(bench.rounds):
        round_of(bench, measured, number % 2 == 1)
    summarize(bench, measured)
