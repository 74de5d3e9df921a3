"""How counts are held to their committed figures."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import instructions  # noqa: E402
from lib import counts  # noqa: E402


class Parse(unittest.TestCase):
    def test_comments_and_empty_lines_are_passed_over(self):
        self.assertEqual(counts.parse("# head\n\nrow 12 # of two tables\nrecord   7\n"),
                         {"row": 12, "record": 7})

    def test_malformed_lines_are_named(self):
        for bad in ("row", "row 1 2", "row x", "row -1", "row 1.5", "row ²", "row 1\nrow 1", "1"):
            with self.subTest(bad), self.assertRaisesRegex(counts.Malformed, "line [12]: "):
                counts.parse(bad)

    def test_what_is_written_is_read_again(self):
        figures = {"repair": 1_187_064, "row": 5}
        self.assertEqual(counts.parse(counts.render("# head\n", figures)), figures)


class Hold(unittest.TestCase):
    def held(self, count, committed=1000):
        return counts.hold({"row": count}, {"row": committed})[0][0]

    def test_ten_percent_above_fails_and_not_before(self):
        for count, fails in ((0, False), (1000, False), (1100, False), (1101, True), (5000, True)):
            with self.subTest(count):
                self.assertEqual(self.held(count).fails, fails)

    def test_ten_percent_below_asks_to_renew_and_does_not_fail(self):
        for count, hint in ((1100, False), (900, False), (899, True), (1, True)):
            with self.subTest(count):
                self.assertEqual("renew" in self.held(count).text, hint)
                self.assertFalse(self.held(count).fails)

    def test_a_count_without_a_figure_fails(self):
        self.assertTrue(counts.hold({"new": 1}, {})[0][0].fails)
        self.assertTrue(self.held(5, committed=0).fails)

    def test_a_figure_without_a_count_is_missing(self):
        self.assertEqual(counts.hold({"row": 1}, {"row": 1, "gone": 1})[1], ["gone"])


class Committed(unittest.TestCase):
    def test_each_act_has_its_figure_and_nothing_else_has(self):
        figures = counts.parse(instructions.FIGURES.read_text())
        self.assertEqual(set(figures), set(instructions.ACTS))
        self.assertTrue(instructions.FIGURES.read_text().startswith(instructions.HEAD))
        self.assertGreater(min(figures.values()), 1000)


if __name__ == "__main__":
    unittest.main()
