"""How figures are judged, and that each goal has a figure that some part makes."""
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from goals import GOALS  # noqa: E402
from lib.goals import RATIO, VALUE, Goal, at_least, at_most, judge, table  # noqa: E402


def figure(part="verify", name="x", ours=1.0, ratio=None, beside=""):
    return {"part": part, "figure": name, "beside": beside, "ratio": ratio,
            "ours": {"median": ours}}


class Bounds(unittest.TestCase):
    def test_the_limit_itself_is_met(self):
        for bound, number, holds in ((at_most(2), 2, True), (at_most(2), 2.001, False),
                                     (at_most(2), 0, True), (at_least(2), 2, True),
                                     (at_least(2), 1.999, False), (at_least(2), 9, True)):
            with self.subTest(bound=bound, number=number):
                self.assertEqual(bound.holds(number), holds)


class Judge(unittest.TestCase):
    def met(self, goal, *figures):
        return [line["met"] for line in judge([goal], figures)]

    def test_a_value_or_a_ratio(self):
        of_value = Goal("verify", "x", VALUE, at_most(64))
        of_ratio = Goal("verify", "x", RATIO, at_most(1.3))
        self.assertEqual(self.met(of_value, figure(ours=64, ratio=9)), ["met"])
        self.assertEqual(self.met(of_value, figure(ours=65, ratio=0.1)), ["NOT MET"])
        self.assertEqual(self.met(of_ratio, figure(ours=99, ratio=1.3)), ["met"])
        self.assertEqual(self.met(of_ratio, figure(ours=0, ratio=1.31)), ["NOT MET"])

    def test_what_was_not_measured_is_not_met(self):
        goal = Goal("verify", "x", RATIO, at_most(1.3), "openssl.*")
        for other in (figure(part="fleet", ratio=1), figure(name="xx", ratio=1, beside="openssl"),
                      figure(ratio=1, beside="sha256sum"), figure(ratio=None, beside="openssl")):
            with self.subTest(other):
                self.assertEqual(self.met(goal, other), ["not measured"])
        self.assertEqual(self.met(goal), ["not measured"])

    def test_one_line_for_each_figure_that_fits(self):
        goal = Goal("harm", r"(.*: )?redis p99, idle", RATIO, at_most(1.05), "off")
        got = self.met(goal, figure("harm", "same cores: redis p99, idle", 1, 1.0, "off"),
                       figure("harm", "apart: redis p99, idle", 1, 1.2, "off"))
        self.assertEqual(got, ["met", "NOT MET"])

    def test_parts_that_did_not_run_are_left_out_where_asked(self):
        goals = [Goal("fleet", "x", VALUE, at_most(1)), Goal("verify", "x", VALUE, at_most(1))]
        self.assertEqual([line["part"] for line in judge(goals, [], {"fleet"})], ["fleet"])
        self.assertEqual(len(judge(goals, [], set())), 0)
        self.assertEqual(len(judge(goals, [])), 2)

    def test_the_table_counts(self):
        goals = [Goal("verify", name, VALUE, at_most(1)) for name in ("x", "y", "z")]
        lines = judge(goals, [figure(name="x", ours=1), figure(name="y", ours=2)])
        self.assertTrue(table(lines).endswith("goals: 1 met, 1 not met, 1 not measured"))
        self.assertIn("<= 1", table(lines))


class Table(unittest.TestCase):
    # As the parts make them.
    FIGURES = (
        ("million", "1,000,000 keys, scan to converged", "redis-cli --pipe SET of all"),
        ("million", "100,000 keys, scan and plan", "plain MGET of all"),
        ("harm", "redis p99, scanning", "off"),
        ("harm", "same two cores: redis p99, scanning (goal 1.1)", "off"),
        ("pgharm", "select p99, idle", "off"),
        ("pgharm", "apart: tpcb p99, scanning, limited (goal 1.1)", "off"),
        ("pgstore", "64 repairs in flight", "DBOS, 4 steps"),
        ("repairs", "noop, 64 submissions in flight", "BullMQ, 4 steps, fsync always"),
        ("verify", "1,000,000 records of 1 KiB, one core", "openssl dgst -sha256 of the file"),
        ("fleet", "1,000 reconcilers, at rest", ""),
    )
    NOT_GOALS = (
        ("harm", "redis p50, scanning", "off"), ("harm", "files p99, scanning", "off"),
        ("pgharm", "select p99, scanning, no limit", "off"),
        ("repairs", "noop, 64 submissions in flight", "raw SQLite, 2 commits for 8"),
        ("pgstore", "64 repairs in flight", "embedded store"),
        ("verify", "1,000,000 records of 1 KiB, one core", "sha256sum of the file"),
        ("fleet", "200 reconcilers, at rest", ""),
    )

    def fitting(self, part, name, beside):
        return [goal for goal in GOALS if goal.fits(figure(part, name, beside=beside))]

    def test_figures_of_the_parts_are_found(self):
        for one in self.FIGURES:
            with self.subTest(one):
                self.assertEqual(len(self.fitting(*one)), 1)
        for one in self.NOT_GOALS:
            with self.subTest(one):
                self.assertEqual(self.fitting(*one), [])

    def test_each_goal_can_be_read(self):
        for goal in GOALS:
            with self.subTest(goal):
                re.compile(goal.figure)
                self.assertNotRegex(goal.name, r"[?()\\]")
                self.assertIn(goal.kind, (RATIO, VALUE))


if __name__ == "__main__":
    unittest.main()
