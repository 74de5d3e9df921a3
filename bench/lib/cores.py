"""Which cores the processes of a measurement run on.

`shared`: all of them on two cores. `apart`: the target and its clients have one of the two for
themselves and everything of ours the other one, as on machines of their own: what is left there is
what the target itself has to do for us.
"""
import contextlib
import os


class Layout:
    def __init__(self, name, target, ours):
        self.name, self.target, self.ours = name, target, ours


def layouts():
    """`apart` only where there are two cores."""
    two = sorted(os.sched_getaffinity(0))[:2]
    shared = Layout("shared", set(two), set(two))
    if len(two) < 2:
        return [shared]
    return [shared, Layout("apart", {two[0]}, {two[1]})]


@contextlib.contextmanager
def on(cores):
    """What this thread starts meanwhile runs there, and this thread too."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _threads(pid):
    return [int(name) for name in os.listdir(f"/proc/{pid}/task")]


def move(pid, cores):
    """A process that runs already, with its threads and its children."""
    for thread in _threads(pid):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(thread, cores)
            with open(f"/proc/{pid}/task/{thread}/children", encoding="latin1") as file:
                children = file.read().split()
            for child in children:
                move(int(child), cores)
