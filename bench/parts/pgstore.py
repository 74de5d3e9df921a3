"""Durable repairs with the store in PostgreSQL, beside DBOS and the embedded store in the same run.

Each server is durable (fsync, synchronous_commit) and listens on a unix socket of the same machine.
DBOS records a workflow and its four steps in PostgreSQL, in the submitter's own process.
"""
from lib import peer, proc
from lib.postgres import USER, PostgresServer
from parts.repairs import IN_FLIGHT, PER_SECOND, Measured, OnNothing

MANY = 256  # in flight: what a group of them shares, round trips and a flush, weighs less


class OnPostgresStore(OnNothing):
    name = "postgres-store"

    def start(self):
        self.postgres = PostgresServer(self.bench.work, self.bench.sockets).start()
        self.postgres.create_database("store")
        return super().start()

    def measure(self, count, in_flight, how=None):
        before = proc.tree_cpu_us(self.postgres.process.pid)
        got = super().measure(count, in_flight, how)
        used = proc.tree_cpu_us(self.postgres.process.pid) - before
        return {**got, "postgres_cpu_us": round(used / count, 1)}

    def options(self):
        return ("--postgres", f"host={self.postgres.sockets} dbname=store user={USER}")

    def stop(self):
        super().stop()
        self.postgres.stop()


class Dbos(peer.Submitter):
    name = "dbos"
    in_flight, per_second = IN_FLIGHT, PER_SECOND

    def start(self):
        sockets = self.bench.sockets / self.name
        sockets.mkdir(exist_ok=True)
        self.postgres = PostgresServer(self.bench.work / self.name, sockets).start()
        self.postgres.create_database("dbos")
        return self.start_client(f"postgresql://{USER}@localhost/dbos?host={sockets}")

    def server_cpu_us(self):
        return {"postgres": proc.tree_cpu_us(self.postgres.process.pid)}

    def stop(self):
        super().stop()
        self.postgres.stop()


def round_of(bench, measured, backwards):
    seconds = 2 if bench.quick else 8
    keys = 60_000 if bench.quick else 200_000
    subjects = [OnNothing(bench, keys), OnPostgresStore(bench, keys), Dbos(bench)]
    try:
        for subject in subjects:
            subject.start()
        if backwards:
            subjects.reverse()
        for subject in subjects:
            rate = subject.loaded(2000)["per_second"]
            count = min(int(rate * seconds), (keys - 20_000) // 4)
            measured.take(subject.name, "loaded", lambda: subject.loaded(count))
            measured.take(subject.name, "many", lambda: subject.loaded(count, MANY))
            measured.take(subject.name, "closed", lambda: subject.closed(count))
            measured.take(subject.name, "alone", lambda: subject.alone(500))
            measured.take(subject.name, "paced",
                          lambda: subject.paced(PER_SECOND * (2 if bench.quick else 10)))
    finally:
        bench.clean()


def summarize(bench, measured):
    subject = OnPostgresStore.name
    for rival, title in ((Dbos.name, "DBOS, 4 steps"), (OnNothing.name, "embedded store")):
        def figure(what, unit, phase, key):
            bench.report.figure("pgstore", what, unit, measured.values(subject, phase, key), title,
                                measured.values(rival, phase, key))
        figure(f"{IN_FLIGHT} submissions in flight", "1/s", "loaded", "per_second")
        figure(f"{MANY} submissions in flight", "1/s", "many", "per_second")
        figure(f"{IN_FLIGHT} repairs in flight", "1/s", "closed", "per_second")
        for phase, what in (("closed", f"{IN_FLIGHT} in flight"), ("alone", "one at a time"),
                            ("paced", f"at {PER_SECOND}/s")):
            for share in ("p50_ms", "p99_ms"):
                figure(f"{what}, {share[:3]}", "ms", phase, share)
        bench.report.figure("pgstore", "CPU of all processes", "us a repair",
                            measured.cpu(subject), title, measured.cpu(rival))


def run(bench):
    measured = Measured(bench, "pgstore")
    for number in range(bench.rounds):
        round_of(bench, measured, number % 2 == 1)
    summarize(bench, measured)
