"""Results: one JSON line each on standard output and in a file, and a table at the end."""
import datetime
import json
import sys

from goals import GOALS
from lib import goals, stats


class Report:
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        at = datetime.datetime.now().strftime("%Y-%m-%dT%H%M%S")
        self.path = folder / f"{at}.jsonl"
        self._file = open(self.path, "w", encoding="utf-8")
        self._rows = []
        self.figures = []  # for lib.goals
        self.failures = []

    def line(self, **fields):
        text = json.dumps(fields)
        print(text, flush=True)
        self._file.write(text + "\n")
        self._file.flush()

    def run(self, part, subject, **fields):
        """One run of one subject, as it was measured."""
        self.line(kind="run", part=part, subject=subject, **fields)

    def figure(self, part, name, unit, ours, beside="", theirs=None):
        """A figure of the table: values of all runs, beside those of a rival or a raw limit."""
        mine = stats.spread(ours)
        other = stats.spread(theirs) if theirs else None
        ratio = None
        if other and other["median"]:
            ratio = round(mine["median"] / other["median"], 3)
        self.line(kind="figure", part=part, figure=name, unit=unit, ours=mine, beside=beside,
                  theirs=other, ratio=ratio)
        self.figures.append({"part": part, "figure": name, "beside": beside, "ours": mine,
                             "ratio": ratio})
        self._rows.append((part, f"{name}, {unit}", stats.text(mine), beside or "-",
                           stats.text(other), "-" if ratio is None else f"{ratio:.2f}"))

    def fail(self, part, why):
        self.failures.append(f"{part}: {why}")
        self.line(kind="failure", part=part, why=why)

    def print_table(self):
        heads = ("part", "figure", "sideband", "beside", "its figure", "ratio")
        rows = [heads, *self._rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
        print("\nmin / median / max of the runs; ratio = sideband / beside, of the medians\n")
        for number, row in enumerate(rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
            if number == 0:
                print("  ".join("-" * width for width in widths))
        self._print_goals()
        for failure in self.failures:
            print(f"FAILED {failure}", file=sys.stderr)
        print(f"\nall lines: {self.path}")

    def _print_goals(self):
        lines = goals.judge(GOALS, self.figures, {figure["part"] for figure in self.figures})
        if not lines:
            return
        for line in lines:
            self.line(kind="goal", **line)
        print(f"\n{goals.table(lines)}")

    def close(self):
        self._file.close()
