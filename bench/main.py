"""Runs the parts that are named, or all of them. Called by run.sh."""
import signal
import subprocess
import sys

from lib import machine
from lib.bench import ROOT, Bench
from lib.report import Report
from parts import (busy, detect, drift, fleet, footprint, harm, million, pgharm, pgstore, repairs,
                   scaling, series, verify)

PARTS = {"repairs": repairs, "pgstore": pgstore, "million": million, "verify": verify,
         "footprint": footprint, "fleet": fleet, "harm": harm, "pgharm": pgharm, "detect": detect,
         "drift": drift, "busy": busy, "scaling": scaling, "series": series}


def version(bench):
    said = subprocess.run([bench.sideband, "--version"], capture_output=True, text=True,
                          check=False).stdout.strip()
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=False).stdout.strip()
    return f"{said} {commit}".strip()


def run_part(bench, name):
    try:
        PARTS[name].run(bench)
    except (OSError, RuntimeError, KeyError) as error:
        bench.report.fail(name, f"{type(error).__name__}: {error}")
    finally:
        bench.clean()


def main(words):
    quick, full = "--quick" in words, "--full" in words
    names = [word for word in words if word not in ("--quick", "--full")] or list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"usage: bench/run.sh [--quick | --full] [{' | '.join(PARTS)}] ...", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    bench = Bench(Report(ROOT / "build/bench-results"), quick, full=full)
    try:
        bench.report.line(kind="machine", version=version(bench), quick=quick,
                          **machine.describe())
        for name in names:
            run_part(bench, name)
        bench.report.print_table()
        return 1 if bench.report.failures else 0
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130
    finally:
        bench.close()
        bench.report.close()


sys.exit(main(sys.argv[1:]))
