"""Durable repairs with the store in PostgreSQL, beside the embedded store in the same run.

The server is durable (fsync, synchronous_commit) and listens on a unix socket of the same machine.
"""
from lib.postgres import PostgresServer
from parts.repairs import IN_FLIGHT, PER_SECOND, Measured, OnNothing


class OnPostgresStore(OnNothing):
    name = "postgres-store"

    def start(self):
        self.postgres = PostgresServer(self.bench.work, self.bench.sockets).start()
        self.postgres.create_database("store")
        return super().start()

    def options(self):
        where = f"host={self.postgres.sockets} dbname=store user=bench"
        return ("--postgres", where)

    def stop(self):
        super().stop()
        self.postgres.stop()


def round_of(bench, measured, backwards):
    seconds = 2 if bench.quick else 8
    keys = 60_000 if bench.quick else 200_000
    subjects = [OnNothing(bench, keys), OnPostgresStore(bench, keys)]
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
            measured.take(subject.name, "alone", lambda: subject.alone(500))
            measured.take(subject.name, "paced",
                          lambda: subject.paced(PER_SECOND * (2 if bench.quick else 10)))
    finally:
        bench.clean()


def summarize(bench, measured):
    figure, values = bench.report.figure, measured.values
    subject, rival = OnPostgresStore.name, OnNothing.name
    for phase, what in (("loaded", "submissions"), ("closed", "repairs")):
        figure("pgstore", f"{IN_FLIGHT} {what} in flight", "1/s",
               values(subject, phase, "per_second"), "embedded store",
               values(rival, phase, "per_second"))
    for phase, what in (("closed", f"{IN_FLIGHT} in flight"), ("alone", "one at a time"),
                        ("paced", f"at {PER_SECOND}/s")):
        for share in ("p50_ms", "p99_ms"):
            figure("pgstore", f"{what}, {share[:3]}", "ms", values(subject, phase, share),
                   "embedded store", values(rival, phase, share))


def run(bench):
    measured = Measured(bench)
    for number in range(bench.rounds):
        round_of(bench, measured, number % 2 == 1)
    summarize(bench, measured)
