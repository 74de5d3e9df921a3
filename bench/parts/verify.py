"""`audit verify` of a million records of 1 KiB, on one core and on two, beside plain hashing of the same
bytes on one."""
import os
import time

from lib import machine, proc

SIZE = 1024


def seconds_of(argv, cores=1):
    """Wall seconds of a program that is kept on so many cores."""
    ours = sorted(os.sched_getaffinity(0))[-cores:]
    begin = time.monotonic()
    out = proc.output(["taskset", "-c", ",".join(map(str, ours)), *argv])
    return time.monotonic() - begin, out


def verify_seconds(bench, folder, records, cores=1):
    # "N records in S s: ..."; without the time that making the records takes.
    out = seconds_of([bench.program("verify_bench"), folder, records, SIZE], cores)[1]
    return float(out.split(" in ")[1].split()[0])


def speed_of_leaves():
    """Records a second when records of 1 KiB are hashed one by one and nothing else is done."""
    argv = ["openssl", "speed", "-mr", "-seconds", "2", "-bytes", str(SIZE), "-evp", "sha256"]
    out = seconds_of(argv)[1]
    bytes_a_second = next(float(line.split(":")[-1]) for line in out.splitlines()
                          if line.startswith("+F"))
    return bytes_a_second / SIZE


def run(bench):
    records = 100_000 if bench.quick else 1_000_000
    folder = bench.work / "export"
    folder.mkdir()
    verify_seconds(bench, folder, records)  # makes the records
    leaves = folder / "leaves.jsonl"
    subjects = {
        "one core": lambda: verify_seconds(bench, folder, records),
        "two cores": lambda: verify_seconds(bench, folder, records, 2),
        "openssl dgst -sha256 of the file":
            lambda: seconds_of(["openssl", "dgst", "-sha256", leaves])[0],
        "sha256sum of the file": lambda: seconds_of(["sha256sum", leaves])[0],
        "openssl speed, 1 KiB blocks": lambda: records / speed_of_leaves(),
    }
    runs = {name: [] for name in subjects}
    for _ in range(bench.rounds):
        for name, measure in subjects.items():
            got = machine.quietest(lambda: {"seconds": round(measure(), 4)})
            runs[name].append(got["seconds"])
            bench.report.run("verify", name, records=records, **got)
    one, two, *others = runs
    for ours in (one, two):
        for other in others:
            bench.report.figure("verify", f"{records:,} records of 1 KiB, {ours}", "s", runs[ours],
                                other, runs[other])
