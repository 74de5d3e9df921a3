// What is not known: never true by itself, and never hidden (three-valued logic, with the names).
#include "cel/for_tests.h"

namespace sideband::cel {
namespace {

TEST(CelUnknown, LogicAndFunctions) {
  const std::vector<Binding> bindings = {{"u", "?"}, {"v", "?"}, {"x", "1"}};
  expect_rows(
      {
          {"u", "unknown(u)"},
          {"false && u", "false"},
          {"u && false", "false"},
          {"true && u", "unknown(u)"},
          {"u && true", "unknown(u)"},
          {"true || u", "true"},
          {"u || true", "true"},
          {"false || u", "unknown(u)"},
          {"u && v", "unknown(u, v)"},
          {"v || u", "unknown(u, v)"},
          {"u || v || true", "true"},
          {"!u", "unknown(u)"},
          {"u == 1", "unknown(u)"},
          {"u != u", "unknown(u)"},
          {"u + v", "unknown(u, v)"},
          {"size(u)", "unknown(u)"},
          {"u.startsWith('a')", "unknown(u)"},
          {"u.matches('a')", "unknown(u)"},
          {"type(u)", "unknown(u)"},
          {"u.a.b", "unknown(u)"},
          {"u[0]", "unknown(u)"},
          {"[1][u]", "unknown(u)"},
          {"has(u.a)", "unknown(u)"},
          {"u.?a", "unknown(u)"},
          {"u ? 1 : 2", "unknown(u)"},
          {"true ? 1 : u", "1"},
          {"[1, u]", "unknown(u)"},
          {"{'a': u}", "unknown(u)"},
          {"{u: v}", "unknown(u, v)"},
          {"u in [1]", "unknown(u)"},
          {"1 in u", "unknown(u)"},
          {"u.all(i, i > 0)", "unknown(u)"},
          {"[1, 2].all(i, i > u)", "unknown(u)"},
          {"[1, 2].all(i, i > 1 && u)", "false"},
          {"[1, 2].exists(i, i > 1 || u)", "true"},
          {"[1, 2].exists_one(i, u)", "unknown(u)"},
          {"[1, 2, 3].exists_one(i, i == 1 ? u : true)", "false"},
          {"[1, 2].map(i, i + u)", "unknown(u)"},
          {"[1, 2].filter(i, u)", "unknown(u)"},
          {"[1].transformMap(i, e, u)", "unknown(u)"},
          {"cel.bind(b, u, x == 1)", "true"},
          {"cel.bind(b, u, b == 1)", "unknown(u)"},
          {"optional.of(u)", "unknown(u)"},
          {"optional.none().orValue(u)", "unknown(u)"},
          {"optional.of(1).orValue(u)", "1"},
          {"u.optMap(i, i)", "unknown(u)"},
          {"math.greatest(1, u)", "unknown(u)"},
          {"1 / 0 == u", "unknown(u)"},
          {"1 / 0 == 1 && u", "unknown(u)"},
          {"1 / 0 == 1 || u", "unknown(u)"},
          {"x == 1 && u", "unknown(u)"},
          {"x == 2 && u", "false"},
      },
      bindings);
}

// A value of which a part is not known, as a document can be.
TEST(CelUnknown, Parts) {
  const Value unknown = Value::unknown({"plan.b"});
  const Value plan =
      Value::map({{Value::string("a"), Value::integer(1)}, {Value::string("b"), unknown}});
  const Value items = Value::list({Value::integer(1), unknown, Value::integer(3)});
  const std::vector<Value> values = {plan, items};
  const auto text = [&values](const char* expression) {
    const auto program = Program::compile(expression, {{"plan"}, {"items"}});
    return text_of_result(*program, program->evaluate(values));
  };
  const std::vector<Row> rows = {
      {"plan.a", "1"},
      {"plan.b", "unknown(plan.b)"},
      {"plan.b > 1 && false", "false"},
      {"has(plan.b)", "true"},
      {"plan.?b", "unknown(plan.b)"},
      {"size(plan)", "2"},
      {"plan == {'a': 1, 'b': 2}", "unknown(plan.b)"},
      {"plan == {'a': 2, 'b': 2}", "false"},
      {"plan == {'a': 1}", "false"},
      {"plan != {'a': 1, 'b': 2}", "unknown(plan.b)"},
      {"items == [1, 2, 3]", "unknown(plan.b)"},
      {"items == [2, 2, 3]", "false"},
      {"items == [1, 2, 4]", "false"},
      {"items[0]", "1"},
      {"items[1]", "unknown(plan.b)"},
      {"3 in items", "true"},
      {"4 in items", "unknown(plan.b)"},
      {"items.exists(i, i == 3)", "true"},
      {"items.exists(i, i == 4)", "unknown(plan.b)"},
      {"items.all(i, i > 1)", "false"},
      {"items.all(i, i > 0)", "unknown(plan.b)"},
      {"items.size()", "3"},
      {"items.sort()", "unknown(plan.b)"},
      {"items.distinct()", "unknown(plan.b)"},
      {"math.greatest(items)", "unknown(plan.b)"},
      {"sets.contains(items, [1])", "true"},
      {"sets.contains(items, [7])", "unknown(plan.b)"},
      {"sets.contains([1], items)", "false"},
      {"sets.intersects(items, [7])", "unknown(plan.b)"},
      {"'%s'.format([items])", "unknown(plan.b)"},
      {"['a'].join(plan.b)", "unknown(plan.b)"},
      {"optional.of(items).optMap(l, l[1])", "unknown(plan.b)"},
  };
  for (const Row& row : rows) EXPECT_EQ(text(row.expression), row.expected) << row.expression;
}

}  // namespace
}  // namespace sideband::cel
