// Why an expression has its value: the parts, and the fewest conditions that decided it.
#include <fmt/format.h>

#include "cel/for_tests.h"

namespace sideband::cel {
namespace {

const Declarations& names() {
  static const Declarations kNames = {{"a"}, {"b"}, {"c"}, {"u"}, {"list"}, {"n"}};
  return kNames;
}

std::vector<Value> values() {
  return {Value::boolean(true),
          Value::boolean(false),
          Value::boolean(false),
          Value::unknown({"u"}),
          Value::list({Value::integer(1), Value::integer(2), Value::integer(3)}),
          Value::integer(7)};
}

std::string shown(const Part& part) {
  return fmt::format("{} = {}{}", part.text, short_text(part.value),
                     part.round.empty() ? "" : " (" + part.round + ")");
}

std::string decided(const std::string& expression) {
  const auto program = Program::compile(expression, names());
  if (!program.ok()) return program.error().message;
  const Explanation explanation = program->explain(values());
  EXPECT_EQ(short_text(explanation.value), short_text(program->evaluate(values())));
  std::string text;
  for (const Part& part : explanation.decided_by) {
    text += (text.empty() ? "" : "; ") + shown(part);
  }
  return text;
}

TEST(CelExplain, TheFewestConditionsThatDecide) {
  const std::vector<Row> rows = {
      {"a", "a = true"},
      {"n > 5", "n > 5 = true"},
      {"a && n > 5", "a = true; n > 5 = true"},
      {"a && b", "b = false"},
      {"b && c", "b = false"},
      {"(b || c) && c", "c = false"},
      {"a || b", "a = true"},
      {"(a && n > 5) || a", "a = true"},
      {"b || c", "b = false; c = false"},
      {"b || c || n > 10", "b = false; c = false; n > 10 = false"},
      {"!(a && b)", "b = false"},
      {"!(b || c)", "b = false; c = false"},
      {"a ? b : c", "a = true; b = false"},
      {"b ? a : n > 5", "b = false; n > 5 = true"},
      {"u && b", "b = false"},
      {"u && a", "u = unknown(u); a = true"},
      {"u || a", "a = true"},
      {"u || b", "u = unknown(u); b = false"},
      {"1 / 0 == 1 || a", "a = true"},
      {"list.all(i, i < 2)", "i < 2 = false (i = 2)"},
      {"list.all(i, i < 9)",
       "list = [1, 2, 3]; i < 9 = true (i = 1); i < 9 = true (i = 2); i < 9 = true (i = 3)"},
      {"list.exists(i, i == 2 && a)", "i == 2 = true (i = 2); a = true (i = 2)"},
      {"list.exists(i, i > 8)",
       "list = [1, 2, 3]; i > 8 = false (i = 1); i > 8 = false (i = 2); i > 8 = false (i = 3)"},
      {"list.all(i, list.exists(j, j == i + 1))",
       "list = [1, 2, 3] (i = 3); j == i + 1 = false (i = 3, j = 1); "
       "j == i + 1 = false (i = 3, j = 2); j == i + 1 = false (i = 3, j = 3)"},
      {"list.exists(i, v, v == 2)", "v == 2 = true (i = 1, v = 2)"},
      {"[].all(i, b)", "[].all(i, b) = true"},
      {"cel.bind(x, n + 1, x > 5 && a)", "x > 5 = true; a = true"},
      {"n + 1", "n + 1 = 8"},
      {"list.map(i, i * 2)", "list.map(i, i * 2) = [2, 4, 6]"},
      {"a && n == 7 ? 'x' : 'y'", "a = true; n == 7 = true; 'x' = \"x\""},
  };
  for (const Row& row : rows) EXPECT_EQ(decided(row.expression), row.expected) << row.expression;
}

void put_tree(const Part& part, std::size_t depth, std::string& out) {
  out += fmt::format("{:{}}{}\n", "", depth * 2, shown(part));
  for (const Part& inner : part.parts) put_tree(inner, depth + 1, out);
}

TEST(CelExplain, TheTreeHasEachPartThatWasLookedAt) {
  const auto program = Program::compile("(n > 5 || u) &&\n list.exists(i, i == 2)", names());
  std::string tree;
  put_tree(program->explain(values()).tree, 0, tree);
  EXPECT_EQ(tree,
            "(n > 5 || u) &&\n list.exists(i, i == 2) = true\n"
            "  (n > 5 || u) = true\n"
            "    n > 5 = true\n"
            "      n = 7\n"
            "    u = unknown(u)\n"
            "  list.exists(i, i == 2) = true\n"
            "    list = [1, 2, 3]\n"
            "    i == 2 = false (i = 1)\n"
            "      i = 1 (i = 1)\n"
            "    i == 2 = true (i = 2)\n"
            "      i = 2 (i = 2)\n");
}

TEST(CelExplain, MoreThanIsKeptIsSaid) {
  const auto program = Program::compile("lists.range(5000).all(i, i >= 0)", names());
  const Explanation explanation = program->explain(values());
  EXPECT_TRUE(explanation.cut);
  EXPECT_TRUE(explanation.value.is_true());
  ASSERT_EQ(explanation.decided_by.size(), 1u);
  EXPECT_EQ(shown(explanation.decided_by[0]), "lists.range(5000).all(i, i >= 0) = true");
}

// The value is found without the other side, and the explanation must not cost it.
TEST(CelExplain, ASideThatIsTooDearDoesNotChangeTheValue) {
  const auto program = Program::compile(
      "b && lists.range(100000).all(i, lists.range(100000).all(j, true))", names());
  const Explanation explanation = program->explain(values());
  EXPECT_TRUE(explanation.value.is_false());
  EXPECT_TRUE(explanation.cut);
}

}  // namespace
}  // namespace sideband::cel
