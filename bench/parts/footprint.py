"""Cold start to /readyz and memory, idle and under load, beside redis-server as a yardstick."""
import time

from lib import machine, proc
from lib.daemon import reconciler, target
from lib.stats import spread
from parts.repairs import OnNothing


def documents(bench):
    """Three reconcilers over folders of a few files, as a small site has."""
    out = []
    for name in ("edge", "flags", "certs"):
        for side in ("wanted", "live"):
            folder = bench.work / name / side
            folder.mkdir(parents=True, exist_ok=True)
            for i in range(20):
                (folder / f"{i}.yaml").write_text(f"number: {i}\n")
            out.append(target(f"{name}-{side}", "files", f"root: {folder}"))
        out.append(reconciler(name, [f'desired: {{target: {name}-wanted, files: "*.yaml"}}',
                                     f'actual: {{target: {name}-live, files: "*.yaml"}}']))
    return out


def start_ms(subject):
    begin = time.monotonic()
    subject.start()
    return (time.monotonic() - begin) * 1000


def at_rest(pid, seconds=2):
    """Memory in MiB and used cores of a process that has nothing to do."""
    time.sleep(0.5)
    before = proc.cpu_us(pid)
    time.sleep(seconds)
    return proc.pss_kib(pid) / 1024, (proc.cpu_us(pid) - before) / 1e6 / seconds


def starts(bench, count):
    """Starts both in turn; the daemon on a new state folder, then on the same one again."""
    took = {"new": [], "again": [], "redis": []}
    idle = {"sideband": [], "redis": []}
    for number in range(count):
        redis = bench.redis("yardstick")
        redis.stop()
        took["redis"].append(start_ms(redis))
        daemon = bench.daemon(documents(bench))
        took["new"].append(start_ms(daemon))
        daemon.stop()
        took["again"].append(start_ms(daemon))
        if number % 5 == 0:
            idle["sideband"].append(at_rest(daemon.pid))
            idle["redis"].append(at_rest(redis.pid))
        daemon.stop()
        redis.stop()
    return took, idle


def under_load(bench):
    """Peak memory while repairs are submitted with 64 in flight."""
    subject = OnNothing(bench, 20_000 if bench.quick else 120_000).start()
    with machine.Peak(subject.daemon.pid, 0.05) as peak:
        subject.loaded(10_000 if bench.quick else 100_000)
    subject.stop()
    return peak.mib


def binary_mib(bench):
    stripped = bench.work / "stripped"
    proc.output(["strip", "-o", stripped, bench.sideband])
    return stripped.stat().st_size / 2**20


def run(bench):
    machine.wait_until_quiet()
    with machine.Others() as others:
        took, idle = starts(bench, 5 if bench.quick else 20)
    bench.report.run("footprint", "starts", other_cores=others.cores,
                     **{f"{name}_ms": spread(values) for name, values in took.items()})
    peaks = [under_load(bench) for _ in range(bench.rounds)]
    bench.report.run("footprint", "under load", peak_mib=peaks)
    figure = bench.report.figure
    yardstick = "redis-server, start to PONG"
    figure("footprint", "start to /readyz, new state", "ms", took["new"], yardstick, took["redis"])
    figure("footprint", "start to /readyz, old state", "ms", took["again"], yardstick,
           took["redis"])
    for place, (name, unit) in enumerate((("PSS idle", "MiB"), ("CPU idle", "cores"))):
        figure("footprint", f"{name}, 3 reconcilers", unit,
               [seen[place] for seen in idle["sideband"]], "redis-server, empty",
               [seen[place] for seen in idle["redis"]])
    figure("footprint", "PSS at 64 repairs in flight", "MiB", peaks)
    figure("footprint", "binary without debug information", "MiB", [binary_mib(bench)])
