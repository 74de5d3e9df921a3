"""A million drifted keys of a real Redis, from the start of the scan to validated convergence, then
the undo of that repair; beside a plain pipelined SET and a plain MGET of the same keys."""
import sqlite3
import time

from lib import machine, proc
from lib.daemon import reconciler, target

ENDED = ("converged", "compensated", "needs_human", "cancelled", "superseded", "halted")
PIECE = 1000


def wanted(i):
    return f"wanted {i:09d} of the bench"


def found(i):
    return f"found  {i:09d} of the bench"


def pieces(keys):
    for first in range(1, keys + 1, PIECE):
        yield range(first, min(first + PIECE, keys + 1))


class Input:
    """The desired rows, and files of commands: SET of both states, MGET of 1000 keys each."""

    def __init__(self, bench, keys):
        self.bench, self.keys = bench, keys
        self.database = bench.work / "desired.db"

    def make(self, client):
        with sqlite3.connect(self.database) as db:
            db.execute("create table items(id integer primary key, value text)")
            db.executemany("insert into items values(?, ?)",
                           ((i, wanted(i)) for i in range(1, self.keys + 1)))
        for name, value in (("found", found), ("wanted", wanted)):
            with open(self.bench.work / name, "wb") as file:
                for i in range(1, self.keys + 1):
                    file.write(client.encode("SET", f"item:{i}", value(i)))
        with open(self.bench.work / "mget", "wb") as file:
            for numbers in pieces(self.keys):
                file.write(client.encode("MGET", *(f"item:{i}" for i in numbers)))
        return self

    def pipe(self, redis, name):
        """Seconds that redis-cli --pipe takes for all commands of a file."""
        begin = time.monotonic()
        with open(self.bench.work / name, "rb") as file:
            proc.output(["redis-cli", "-s", redis.socket, "--pipe"], stdin=file)
        return time.monotonic() - begin

    def documents(self, redis):
        return [target("source", "sqlite", f"path: {self.database}"),
                target("cache", "redis", f"socket: {redis.socket}"),
                reconciler("bench", ["interval: 24h",
                                     "desired: {target: source, table: items, key: id}",
                                     'actual: {target: cache, key: "item:{id}", value: "{value}"}',
                                     "gates: {canary: {cohorts: [100%]}}",
                                     "validate: {within: 10m}"])]


def count_right(client, keys, value):
    right = 0
    for numbers in pieces(keys):
        got = client.command("MGET", *(f"item:{i}" for i in numbers))
        right += sum(answer == value(i).encode() for answer, i in zip(got, numbers))
    return right


def repair(daemon, begin):
    """Seconds from the start of the process, whose first act is the scan, to each milestone."""
    proc.until(lambda: daemon.newest_repair("bench"), "a plan", 900, 0.05)
    planned = time.monotonic() - begin
    done = until_ended(daemon)
    return {"planned_s": planned, "total_s": time.monotonic() - begin, "repair": done}


def until_ended(daemon, every=0.05):
    def ended():
        seen = daemon.newest_repair("bench")
        return seen if seen["state"] in ENDED else None
    done = proc.until(ended, "the end of the repair", 900, every)
    if done["state"] != "converged":
        raise RuntimeError(f"the repair did not converge: {done}")
    return done


def undo(daemon, repair_id):
    begin = time.monotonic()
    daemon.api("POST", f"/repairs/{repair_id}/undo", {})
    proc.until(lambda: daemon.newest_repair("bench")["id"] != repair_id, "the undo", 900, 0.05)
    until_ended(daemon)
    return time.monotonic() - begin


def check(client, keys, value, what):
    right = count_right(client, keys, value)
    if right != keys:
        raise RuntimeError(f"{what}: only {right} of {keys} keys are as they should be")


def measure(daemon, client, keys):
    empty = daemon.state_bytes()
    begin = time.monotonic()
    daemon.start()
    with machine.Others() as others, machine.Peak(daemon.pid) as peak:
        got = repair(daemon, begin)
        got["state_after_repair"] = daemon.state_bytes() - empty
        check(client, keys, wanted, "after the repair")
        got["undo_s"] = undo(daemon, got.pop("repair")["id"])
    got["cpu_s"] = proc.cpu_us(daemon.pid) / 1e6
    got["state_after_undo"] = daemon.state_bytes() - empty
    check(client, keys, found, "after the undo")
    return {**got, "peak_mib": peak.mib, "other_cores": others.cores}


def round_of(bench, keys):
    redis = bench.redis("target")
    client = redis.client()
    given = Input(bench, keys).make(client)
    raw = {"raw_set_s": given.pipe(redis, "wanted"), "raw_mget_s": given.pipe(redis, "mget")}
    given.pipe(redis, "found")
    daemon = bench.daemon(given.documents(redis))
    machine.wait_until_quiet()
    return {**measure(daemon, client, keys), **raw}


def run(bench):
    keys = 100_000 if bench.quick else 1_000_000
    runs = []
    for _ in range(bench.rounds):
        got = {key: round(value, 3) for key, value in round_of(bench, keys).items()}
        bench.report.run("million", "sideband", keys=keys, **got)
        runs.append(got)
        bench.clean()

    def values(key):
        return [got[key] for got in runs]

    def figure(name, unit, ours, beside="", theirs=None):
        bench.report.figure("million", f"{keys:,} keys, {name}", unit, ours, beside, theirs)

    figure("scan and plan", "s", values("planned_s"), "plain MGET of all", values("raw_mget_s"))
    figure("scan to converged", "s", values("total_s"), "redis-cli --pipe SET of all",
           values("raw_set_s"))
    figure("undo", "s", values("undo_s"), "redis-cli --pipe SET of all", values("raw_set_s"))
    figure("peak PSS of serve", "MiB", values("peak_mib"))
    figure("store after the repair", "bytes a change",
           [got["state_after_repair"] / keys for got in runs])
    figure("store after the undo", "bytes a change",
           [got["state_after_undo"] / keys / 2 for got in runs])
