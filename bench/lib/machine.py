"""The machine: what it is, and how busy others keep it while we measure."""
import os
import pathlib
import platform
import statistics
import threading
import time

from lib import proc

_TICKS = os.sysconf("SC_CLK_TCK")


def _busy_seconds():
    with open("/proc/stat", encoding="latin1") as file:
        fields = [int(field) for field in file.readline().split()[1:]]
    user, nice, system, irq, softirq = fields[0], fields[1], fields[2], fields[5], fields[6]
    return (user + nice + system + irq + softirq) / _TICKS


def _own_seconds():
    return sum(proc.cpu_us(pid, with_ended_children=True) for pid in proc.own_pids()) / 1e6


class Others:
    """How many cores other programs used between enter and exit, in `cores`."""

    def __enter__(self):
        self._from = (time.monotonic(), _busy_seconds(), _own_seconds())
        return self

    def __exit__(self, *_):
        at, busy, own = self._from
        seconds = time.monotonic() - at
        others = (_busy_seconds() - busy) - (_own_seconds() - own)
        self.cores = round(max(0.0, others / max(seconds, 0.001)), 2)


def wait_until_quiet(limit=0.15, patience=None):
    """Waits until others use less than `limit` cores; gives up after `patience` seconds, by default
    those of the variable BENCH_PATIENCE, or 15."""
    if patience is None:
        patience = int(os.environ.get("BENCH_PATIENCE", "15"))
    end = time.monotonic() + patience
    while True:
        with Others() as others:
            time.sleep(1)
        if others.cores < limit or time.monotonic() > end:
            return others.cores


def quietest(measure, attempts=None):
    """Measures when it is quiet, and again while others used the machine; `attempts` is by default
    that of the variable BENCH_ATTEMPTS, or 2. Returns what was measured with the least of others."""
    if attempts is None:
        attempts = int(os.environ.get("BENCH_ATTEMPTS", "2"))
    best = None
    for _ in range(attempts):
        wait_until_quiet()
        with Others() as others:
            got = measure()
        if best is None or others.cores < best[1]:
            best = got, others.cores
        if others.cores < 0.2:
            break
    return {**best[0], "other_cores": best[1]}


def flush_ms(folder, times=300):
    """Milliseconds that appending 4 KiB to a file of this folder and flushing it takes, the median."""
    path, took = pathlib.Path(folder) / "flush", []
    with open(path, "wb", buffering=0) as file:
        for _ in range(times):
            begin = time.monotonic()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            took.append(1000 * (time.monotonic() - begin))
    path.unlink()
    return statistics.median(took)


class Peak:
    """The highest memory of a process between enter and exit, in `mib`; looked at at least once."""

    def __init__(self, pid, every=0.2):
        self._pid, self._every, self.mib = pid, every, 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        self._look()
        while not self._end.wait(self._every):
            self._look()

    def _look(self):
        self.mib = max(self.mib, round(proc.pss_kib(self._pid) / 1024, 1))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()


def describe():
    model = "unknown"
    with open("/proc/cpuinfo", encoding="latin1") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
    return {"cores": os.cpu_count(), "cpu": model, "system": system, "kernel": platform.release()}
