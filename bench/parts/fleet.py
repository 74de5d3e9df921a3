"""A thousand reconcilers of a thousand items each, from one SQLite table to keys of one Redis: memory
at rest, and when all of them are woken at once."""
import sqlite3
import time

from lib import machine, proc
from lib.daemon import reconciler, target

ITEMS = 1000


class Fleet:
    def __init__(self, bench, reconcilers):
        self.bench, self.reconcilers = bench, reconcilers

    def _fill(self):
        database = self.bench.work / "want.db"
        with sqlite3.connect(database) as db:
            db.execute("create table items(tenant integer, id integer, name text, "
                       "primary key(tenant, id)) without rowid")
            db.executemany("insert into items values(?, ?, ?)",
                           ((tenant, i, f"product {i}") for tenant in range(self.reconcilers)
                            for i in range(ITEMS)))
        db.close()
        redis = self.bench.redis("cache")
        client = redis.client()
        for tenant in range(self.reconcilers):
            client.pipeline([("SET", f"t{tenant}:{i}", f"product {i}") for i in range(ITEMS)])
        client.close()
        return database, redis

    def documents(self):
        database, redis = self._fill()
        return [target("source", "sqlite", f"path: {database}"),
                target("cache", "redis", f"socket: {redis.socket}"),
                *(reconciler(f"r{n}", [
                    "interval: 24h",
                    'desired: {target: source, key: id, query: '
                    f'"select id, name from items where tenant = {n}"}}',
                    f'actual: {{target: cache, key: "t{n}:{{id}}", value: "{{name}}"}}'])
                  for n in range(self.reconcilers))]

    def start(self):
        self.daemon = self.bench.daemon(self.documents(), "fleet").start()
        self._looked(1)
        return self

    def _looked(self, times):
        def all_have():
            ended = self.daemon.metrics("sideband_scans_total")
            failed = sum(count for labels, count in ended.items() if 'result="failed"' in labels)
            if failed:
                raise RuntimeError(f"{failed:.0f} looks failed, see {self.daemon.log}")
            return sum(ended.values()) >= times * self.reconcilers
        proc.until(all_have, f"{times} looks of each reconciler", 300, 0.2)

    def at_rest_mib(self):
        """The least within the time in which free memory is given back, some 15 s."""
        least = float("inf")
        end = time.monotonic() + 20
        while time.monotonic() < end:
            least = min(least, proc.pss_kib(self.daemon.pid) / 1024)
            time.sleep(1)
        return least

    def wake_all(self):
        """CPU time and the highest memory from the first wake to the last look's end."""
        cpu, begin = proc.cpu_us(self.daemon.pid), time.monotonic()
        with machine.Peak(self.daemon.pid, 0.02) as peak:
            for n in range(self.reconcilers):
                self.daemon.api("POST", f"/reconcilers/r{n}/scan", {})
            self._looked(2)
        return {"woken_mib": peak.mib, "woken_s": round(time.monotonic() - begin, 2),
                "woken_cpu_s": round((proc.cpu_us(self.daemon.pid) - cpu) / 1e6, 2)}

    def stop(self):
        self.daemon.stop()


def run(bench):
    runs = []
    for _ in range(bench.rounds):
        fleet = Fleet(bench, 200 if bench.quick else 1000).start()
        got = {"rest_mib": round(fleet.at_rest_mib(), 1), **fleet.wake_all()}
        fleet.stop()
        bench.report.run("fleet", "sideband", reconcilers=fleet.reconcilers, **got)
        runs.append(got)
        bench.clean()
    for name, key in (("at rest", "rest_mib"), ("all woken at once", "woken_mib")):
        bench.report.figure("fleet", f"{fleet.reconcilers:,} reconcilers, {name}", "MiB",
                            [got[key] for got in runs])
