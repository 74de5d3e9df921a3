"""Instructions of the acts that everything is made of, counted by valgrind's callgrind and held to
bench/instructions.txt. Called by tools/instructions.sh.

Each figure is the difference of two runs that do the same but for the number of acts, divided by
that number: what starting and ending cost cancels out. No time is measured, so a busy machine changes
nothing; which variants of memcpy and SHA-256 run is fixed below, so that another processor does not
either.
"""
import concurrent.futures
import re
import sqlite3
import sys
import time

from lib import counts, proc
from lib.bench import ROOT, Bench
from lib.daemon import reconciler, target
from parts.million import until_ended
from parts.repairs import OnNothing

FIGURES = ROOT / "bench/instructions.txt"
HEAD = """# Instructions of one act, as valgrind's callgrind counts them in the release build; tools/instructions.sh
# fails where a count is more than 10 % above its figure. To renew all of them:
#   tools/instructions.sh --renew
# repair: submitted over the API, on noop, one at a time. row: of two equal SQLite tables, compared.
# record: of 256 bytes, of an exported log, verified. change: of a mass repair, from one SQLite table
# to another, from the look to what validation saw.
"""
# The plain variants, which every x86-64 has: valgrind shows a program the processor it runs on.
PLAIN = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,"
                           "-BMI1,-BMI2,-LZCNT,-MOVBE,-RTM,-SSE4_1,-SSE4_2",
         "OPENSSL_ia32cap": "~0x1000000000000000:~0x20000128"}
CALLGRIND = ["setarch", "-R", "valgrind", "--tool=callgrind", "--fair-sched=yes", "--quiet"]


class Counter(Bench):
    """Runs programs of the release build under callgrind."""

    def __init__(self, name):
        super().__init__(None, True, preset="release", work=f"instructions/{name}")
        self._out = self.work / "callgrind.out"

    def under(self):
        return [*CALLGRIND, f"--callgrind-out-file={self._out}"]

    def daemon(self, documents, name="sideband", options=()):
        made = super().daemon(documents, name, options)
        made.under, made.env = self.under(), PLAIN
        return made

    def of_program(self, *argv):
        proc.output([*self.under(), *argv], env=PLAIN)
        return self.count()

    def count(self):
        """What the program that ended last has executed, all of its threads together."""
        found = re.search(r"^(?:totals|summary): (\d+)", self._out.read_text(), re.MULTILINE)
        if found is None:
            raise RuntimeError(f"callgrind left no count in {self._out}")
        return int(found.group(1))


class OneByOne(OnNothing):
    warm_up = 0


def repairs(counter, number):
    subject = OneByOne(counter, 2000).start()
    if number:
        subject.alone(number)
    subject.stop()
    return counter.count()


def table(path, rows, value):
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as db:
        db.execute("create table items(id integer primary key, name text, note text, stock integer)")
        db.executemany("insert into items values(?, ?, ?, ?)",
                       ((i, f"{value} {i:09d}", f"note {i % 97:032d}", i % 1000) for i in range(1, rows + 1)))
    db.close()


def two_tables(counter, rows, found, gates=()):
    """Documents of a reconciler of two tables of `rows` rows; `found` is what the second one has."""
    for side, value in (("wanted", "product"), ("live", found)):
        table(counter.work / f"{side}.db", rows, value)
    return [*(target(side, "sqlite", f"path: {counter.work / side}.db")
              for side in ("wanted", "live")),
            reconciler("bench", ["interval: 24h",
                                 "desired: {target: wanted, table: items, key: id}",
                                 "actual: {target: live, table: items, key: id}", *gates])]


def rows(counter, number):
    conf = counter.work / "all.yaml"
    conf.write_text("".join(two_tables(counter, number, "product")))
    return counter.of_program(counter.program("drift_scan"), conf, "bench", "scan")


def records(counter, number):
    argv = [counter.program("verify_bench"), counter.work, number, 256]
    for old in counter.work.iterdir():
        old.unlink()
    proc.output(argv)  # makes the records
    return counter.of_program(*argv)


def changes(counter, number):
    daemon = counter.daemon(two_tables(counter, number, "another",
                                       ["gates: {canary: {cohorts: [100%]}}"])).start()
    proc.until(lambda: daemon.newest_repair("bench"), "a plan", every=1)
    until_ended(daemon, every=1)
    daemon.stop()
    return counter.count()


# What is counted, and how many of it: fewer, more.
ACTS = {"repair": (repairs, 0, 400), "row": (rows, 5_000, 25_000),
        "record": (records, 1_000, 9_000), "change": (changes, 1_000, 3_000)}


def of_act(name):
    act, fewer, more = ACTS[name]
    counter = Counter(name)
    try:
        return round((act(counter, more) - act(counter, fewer)) / (more - fewer))
    finally:
        counter.close()


def count_all():
    begin = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        found = dict(zip(ACTS, pool.map(of_act, ACTS)))
    return found, time.monotonic() - begin


def main(words):
    if words not in ([], ["--renew"]):
        print("usage: tools/instructions.sh [--renew]", file=sys.stderr)
        return 2
    found, seconds = count_all()
    if words:
        FIGURES.write_text(counts.render(HEAD, found))
        print(FIGURES.read_text(), end="")
        return 0
    held, missing = counts.hold(found, counts.parse(FIGURES.read_text()))
    for one in held:
        print(f"instructions: {one.text}")
    for name in missing:
        print(f"instructions: {name} has a figure and is not counted")
    print(f"instructions: took {seconds:.0f} s")
    return 1 if missing or any(one.fails for one in held) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
