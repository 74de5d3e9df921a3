"""Processes that the benchmark starts. Only these are ever ended, by their pid."""
import ctypes
import os
import signal
import subprocess
import time

_PR_SET_PDEATHSIG = 1
_TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")
_libc = ctypes.CDLL(None)
_running = []


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def start(argv, log=None, env=None, **more):
    """Starts a process whose output goes to the file `log`; it does not outlive this one."""
    out = open(log, "ab") if log else subprocess.DEVNULL
    more.setdefault("stdout", out)
    more.setdefault("stderr", out)
    process = subprocess.Popen([str(word) for word in argv], env={**os.environ, **(env or {})},
                               start_new_session=True, preexec_fn=_die_with_parent, **more)
    if log:
        out.close()
    _running.append(process)
    return process


def stop(process, how=signal.SIGTERM, limit=60):
    """Ends a process and waits for it; kills it when it does not end in time."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process in _running:
        _running.remove(process)
    return process.returncode


def stop_all():
    for process in list(reversed(_running)):
        stop(process, limit=10)


def output(argv, limit=600, **more):
    """Runs a program to its end and returns its standard output; raises when it fails."""
    process = start(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    try:
        out, err = process.communicate(timeout=limit)
    finally:
        stop(process)
    if process.returncode != 0:
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}: {err.strip()[-800:]}")
    return out


def until(condition, what, limit=60, every=0.02):
    """Waits until `condition` returns something true, and returns that."""
    end = time.monotonic() + limit
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {limit} s")
        time.sleep(every)


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="latin1") as file:
        return file.read().rsplit(")", 1)[1].split()


def cpu_us(pid, with_ended_children=False):
    """CPU time that a process used, in microseconds; 0 when it is gone."""
    try:
        fields = _stat(pid)
    except OSError:
        return 0
    last = 15 if with_ended_children else 13
    return sum(int(field) for field in fields[11:last]) * _TICK_US


def tree_cpu_us(pid):
    """CPU time of a server and of its children, those that have ended included."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="latin1") as file:
        children = file.read().split()
    return cpu_us(pid, with_ended_children=True) + sum(cpu_us(child) for child in children)


def pss_kib(pid):
    """Memory of a process where shared pages are divided among their users; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="latin1") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def own_pids():
    """This process and everything below it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(_stat(name)[1])
            except OSError:
                continue
    own = {os.getpid()}
    while True:
        more = {pid for pid, parent in parents.items() if parent in own} - own
        if not more:
            return own
        own |= more
