"""Counts of instructions: the file of committed figures, and how new ones are held to them."""
import dataclasses

MARGIN = 10  # percent: above a committed figure by more fails, below by more asks to renew


class Malformed(Exception):
    """The file of figures cannot be read; says which line."""


def parse(text):
    """Name → instructions. A line is `NAME  COUNT`; `#` begins a comment."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if len(words) != 2 or not words[1].isascii() or not words[1].isdigit() or words[0] in found:
            raise Malformed(f"line {number}: {line!r}, instead of NAME COUNT, each name once")
        found[words[0]] = int(words[1])
    return found


def render(head, counts):
    """The file again: `head`, whose lines are comments, then a line for each figure."""
    return head + "".join(f"{name:<10} {count:>9}\n" for name, count in counts.items())


@dataclasses.dataclass
class Held:
    """How one count stands to its committed figure."""
    name: str
    count: int
    committed: int | None  # None or 0: there is no figure

    @property
    def fails(self):
        """A count that nobody committed fails too: no figure is never a pass."""
        return not self.committed or self.count * 100 > self.committed * (100 + MARGIN)

    @property
    def much_less(self):
        return bool(self.committed) and self.count * 100 < self.committed * (100 - MARGIN)

    @property
    def text(self):
        if not self.committed:
            return f"{self.name}: {self.count:,} instructions, and no committed figure"
        said = (f"{self.name}: {self.count:,} instructions, {self.count / self.committed - 1:+.1%} "
                f"against the committed {self.committed:,}")
        if self.fails:
            return f"{said}: MORE THAN {MARGIN} % ABOVE"
        return said + (": fewer, renew the figure" if self.much_less else "")


def hold(counts, committed):
    """One Held for each count, and one that fails for each committed figure without a count."""
    held = [Held(name, count, committed.get(name)) for name, count in counts.items()]
    missing = [name for name in committed if name not in counts]
    return held, missing
