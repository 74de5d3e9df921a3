"""Judges the figures of a run by goals. What was not measured is no goal that was met."""
import dataclasses
import re

from lib import stats

RATIO, VALUE = "ratio", "value"


@dataclasses.dataclass(frozen=True)
class Bound:
    word: str  # "at most" or "at least"
    limit: float

    def holds(self, number):
        return number <= self.limit if self.word == "at most" else number >= self.limit

    def __str__(self):
        return f"{'<=' if self.word == 'at most' else '>='} {self.limit:.3g}"


def at_most(limit):
    return Bound("at most", limit)


def at_least(limit):
    return Bound("at least", limit)


@dataclasses.dataclass(frozen=True)
class Goal:
    part: str
    figure: str  # a pattern of the whole name
    kind: str  # RATIO or VALUE
    bound: Bound
    beside: str = ".*"  # a pattern of the rival
    note: str = ""

    def fits(self, figure):
        """`figure` is a dict of part, figure, beside, ours and ratio, as the report keeps them."""
        return (figure["part"] == self.part and re.fullmatch(self.figure, figure["figure"]) and
                re.fullmatch(self.beside, figure["beside"] or ""))

    def number(self, figure):
        """What the bound is about; None where the figure has no such number."""
        return figure["ratio"] if self.kind == RATIO else figure["ours"]["median"]

    @property
    def name(self):
        """The pattern as people read it, for a goal that nothing was measured for."""
        plain = re.sub(r"\(\.\*: \)\?|\( \\\(\.\*\\\)\)\?", "", self.figure)
        return plain.replace(".*", "...").replace("(", "").replace(")", "")


def _line(goal, name, beside, number):
    met = "not measured" if number is None else "met" if goal.bound.holds(number) else "NOT MET"
    of = f" of {beside}" if goal.kind == RATIO and beside else ""
    return {"part": goal.part, "figure": name, "goal": f"{goal.bound}{of}", "number": number,
            "met": met, "note": goal.note}


def judge(goals, figures, parts=None):
    """A line for each figure that a goal fits, and for each goal that none fits. `parts`: only goals of
    these; None for all."""
    lines = []
    for goal in goals:
        if parts is not None and goal.part not in parts:
            continue
        fitting = [figure for figure in figures if goal.fits(figure)]
        lines += [_line(goal, figure["figure"], figure["beside"], goal.number(figure))
                  for figure in fitting]
        if not fitting:
            lines.append(_line(goal, goal.name, "", None))
    return lines


def table(lines):
    """The lines as text, and a last one that counts them."""
    heads = ("part", "figure", "goal", "measured", "", "note")
    rows = [heads] + [(line["part"], line["figure"], line["goal"], stats.short(line["number"]),
                       line["met"], line["note"]) for line in lines]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    out = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
           for row in rows]
    out.insert(1, "  ".join("-" * width for width in widths))
    counts = {word: sum(line["met"] == word for line in lines)
              for word in ("met", "NOT MET", "not measured")}
    out.append(f"goals: {counts['met']} met, {counts['NOT MET']} not met, "
               f"{counts['not measured']} not measured")
    return "\n".join(out)
