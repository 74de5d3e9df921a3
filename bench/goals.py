"""The goals: which figure of which part has to be how much, in one place. lib/goals.py judges them.

A pattern is matched with the whole name of a figure; one that fits several, as of two layouts, makes a
line of each. RATIO is sideband divided by what stands beside it, of the medians of one run.
"""
from lib.goals import RATIO, VALUE, Goal, at_least, at_most

LAYOUT = r"(.*: )?"       # which cores the target and we have
NOTE = r"( \(.*\))?"
BULLMQ = r"BullMQ, .*"
DBOS = r"DBOS, .*"


def _harm(part, loads, phase, bound, why):
    return Goal(part, f"{LAYOUT}({loads}) p99, {phase}{NOTE}", RATIO, at_most(bound), "off", why)


GOALS = (
    Goal("million", r".* keys, scan to converged", RATIO, at_most(7), ".*SET.*"),
    Goal("million", r".* keys, scan and plan", RATIO, at_most(8), ".*MGET.*"),
    Goal("million", r".* keys, undo", RATIO, at_most(5), ".*SET.*"),
    Goal("million", r".* keys, peak PSS of serve", VALUE, at_most(96)),
    Goal("million", r".* keys, store after the repair", VALUE, at_most(133)),
    _harm("harm", "redis", "scanning", 1.10, "under a limit"),
    _harm("harm", "redis", "repairing", 1.25, "at 2,000 a second"),
    _harm("harm", "redis", "idle", 1.05, ""),
    _harm("harm", "redis", "killed in a repair", 1.05, ""),
    _harm("pgharm", "select|tpcb", "scanning, limited", 1.10, "under a limit"),
    _harm("pgharm", "select|tpcb", "repairing", 1.25, "at 500 a second"),
    _harm("pgharm", "select|tpcb", "idle", 1.05, ""),
    _harm("pgharm", "select|tpcb", "killed in a repair", 1.05, ""),
    Goal("busy", r"unchanged of .* rows", VALUE, at_most(20), note="ms, 1,000 writes a second beside"),
    Goal("busy", r"1,000 changed of .* rows", VALUE, at_most(100), note="ms"),
    Goal("pgstore", r"64 repairs in flight", RATIO, at_least(14), DBOS),
    Goal("pgstore", r"at 50/s, p99", RATIO, at_most(1), DBOS),
    Goal("pgstore", r"CPU of all processes", RATIO, at_most(300 / 7000), DBOS,
         "300 us where DBOS takes 7,000"),
    Goal("repairs", r"noop, 64 submissions in flight", RATIO, at_least(2.2), BULLMQ),
    Goal("repairs", r"noop, 64 repairs in flight", RATIO, at_least(4), BULLMQ),
    Goal("repairs", r"redis-target, 64 submissions in flight", RATIO, at_least(1.5), BULLMQ),
    Goal("repairs", r"noop, one at a time, p50 above two flushes", VALUE, at_most(0.3), note="ms"),
    Goal("footprint", r"PSS at 64 repairs in flight", VALUE, at_most(64)),
    Goal("verify", r".* records of 1 KiB, one core", RATIO, at_most(2.3), "openssl dgst.*"),
    Goal("verify", r".* records of 1 KiB, two cores", RATIO, at_most(1.3), "openssl dgst.*"),
    Goal("series", r"a million points, .*, processor", VALUE, at_most(2), note="s"),
    Goal("series", r"a million points, .*, memory", VALUE, at_most(64), note="MiB"),
    Goal("fleet", r"1,000 reconcilers, at rest", VALUE, at_most(64)),
    Goal("fleet", r"1,000 reconcilers, all woken at once", VALUE, at_most(160)),
)
