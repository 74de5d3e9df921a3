"""Figures of several runs."""
import statistics


def spread(values):
    """Lowest, middle and highest of some values."""
    middle = statistics.median(values)
    found = {"min": min(values), "median": middle, "max": max(values)}
    return {**{name: round(value, 4) for name, value in found.items()}, "runs": len(values)}


def short(number):
    """A number as people read it: no more digits than it is worth."""
    if number is None:
        return "-"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}"


def text(spread_of):
    """min / median / max, or the one value."""
    if spread_of is None:
        return "-"
    if spread_of["min"] == spread_of["max"]:
        return short(spread_of["median"])
    return " / ".join(short(spread_of[key]) for key in ("min", "median", "max"))
