"""`sideband backtest` of a million points with each detector: seconds of the processor and the most
memory, beside awk adding up the same column."""
import os

from lib import machine

POINTS = 1_000_000
DETECTORS = {
    "anomaly": [],
    "threshold": ["--detector", "threshold", "--set", "above=1000"],
    "rate": ["--detector", "rate", "--set", "above=1000"],
    "absence": ["--detector", "absence", "--set", "within=5m"],
}


def write_series(path, points):
    """A minute between two values; a wave of a day and a remainder that repeats late."""
    with open(path, "w", encoding="ascii") as out:
        out.write("timestamp,value\n")
        for i in range(points):
            minute = i % 1440
            wave = minute if minute < 720 else 1440 - minute
            out.write(f"{1767225600 + 60 * i},{100 + wave / 20 + i * 7919 % 1009 / 500:.3f}\n")


def used(argv):
    """Seconds of the processor and MiB of a program that runs to its end."""
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execvp(argv[0], [str(word) for word in argv])
    usage = os.wait4(child, 0)[2]
    return {"seconds": round(usage.ru_utime + usage.ru_stime, 3),
            "mib": round(usage.ru_maxrss / 1024, 1)}


def run(bench):
    path = bench.work / "series.csv"
    write_series(path, POINTS // 10 if bench.quick else POINTS)
    subjects = {name: [bench.sideband, "backtest", "--series", path, *words]
                for name, words in DETECTORS.items()}
    subjects["awk"] = ["awk", "-F,", "{ sum += $2 } END { print sum }", path]
    runs = {name: [] for name in subjects}
    for _ in range(bench.rounds):
        for name, argv in subjects.items():
            got = machine.quietest(lambda argv=argv: used(argv))
            bench.report.run("series", name, **got)
            runs[name].append(got)
    for name in DETECTORS:
        for figure, what, unit in (("seconds", "processor", "s"), ("mib", "memory", "MiB")):
            bench.report.figure("series", f"a million points, {name}, {what}", unit,
                                [got[figure] for got in runs[name]], "awk adds the column up",
                                [got[figure] for got in runs["awk"]])
