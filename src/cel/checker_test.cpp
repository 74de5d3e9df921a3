// The check before an expression runs: each message with its line and column.
#include "cel/for_tests.h"
#include "cel/source.h"

namespace sideband::cel {
namespace {

Declarations shop_names() {
  const Type text(Kind::kString), number(Kind::kInt), truth(Kind::kBool);
  return {{"drift", Type::record({{"kind", text}, {"key", text}, {"age", Type(Kind::kDuration)}})},
          {"plan", Type::record({{"changes", number},
                                 {"ratio", Type(Kind::kDouble)},
                                 {"owner", Type::record({{"name", text}})}})},
          {"items", Type::list(Type::record({{"sku", text}, {"price", number}}))},
          {"labels", Type::map(text, text)},
          {"codes", Type::map(number, text)},
          {"paused", truth},
          {"now", Type(Kind::kTimestamp)},
          {"note", Type::optional(text)},
          {"any", {}},
          {"sample", Type::sample({{"a", number}})}};
}

// "" when there is nothing wrong.
std::string problems_of(const std::string& expression, const Type& wanted = {}) {
  const auto program = Program::compile_checked(expression, shop_names(), wanted);
  return program.ok() ? "" : program.error().message;
}

TEST(CelChecker, WhatIsRightPasses) {
  for (const char* expression : {
           "drift.kind == 'changed' && plan.changes > 1000 && size(items) < 5",
           "items.all(i, i.price > 0 && i.sku.startsWith('sku-'))",
           "items.map(i, i.sku).exists(s, s == 'a')",
           "items.exists(i, v, i > 0 && v.price > 1)",
           "items[0].sku == 'a' || items[?0].sku.orValue('b') == 'a'",
           "labels.team == 'a' || labels['team'] == 'b' || 'team' in labels",
           "labels.all(k, v, k != v)",
           "codes[1] == 'a'",
           "has(drift.key) && has(plan.owner.name)",
           "plan.ratio > 1 && plan.changes < 1.5 && plan.changes == 2u",
           "now - timestamp('2026-01-01T00:00:00Z') > duration('1h')",
           "now.getHours('Europe/Berlin') in [1, 2, 3]",
           "note.orValue('none') == 'none' && note.optMap(n, n.size()).hasValue()",
           "any.thing[0].other > 5 && any && any.exists(x, x == any)",
           "cel.bind(p, plan, p.changes + p.owner.name.size()) > 1",
           "paused ? plan.changes : plan.changes + 1",
           "dyn(plan.changes) == 'a' || null == plan.owner",
           "[1, 'a', plan.changes][1] == 'a'",
           "{'a': 1}.a + {'b': plan.changes}.b == 2",
           "sample.a == 1 || has(sample.b) || sample.?c.hasValue()",
           "math.greatest(plan.changes, 5) > 3 && math.greatest([1, 2]) > 1",
           "'%d'.format([plan.changes]).matches('^[0-9]+$')",
           "items.first().sku.orValue('') != ''",
           "items.sort() == items.distinct() && items.slice(0, 1)[0].price == 2",
           "items.sortBy(i, i.price)[0].sku == 'a'",
           "optional.of(plan).owner.name.orValue('x') == 'x'",
           "type(plan.changes) == int",
       }) {
    EXPECT_EQ(problems_of(expression), "") << expression;
  }
}

TEST(CelChecker, WhatIsWrongIsNamedWithItsPlace) {
  const std::vector<Row> rows = {
      {"plan.chnages > 1", "1:6: there is no member \"chnages\"; did you mean \"changes\"?"},
      {"plan.owner.nmae == ''", "1:12: there is no member \"nmae\"; did you mean \"name\"?"},
      {"plan['ratoi'] > 1.0", "1:6: there is no member \"ratoi\"; did you mean \"ratio\"?"},
      {"has(plan.chnages)", "1:10: there is no member \"chnages\"; did you mean \"changes\"?"},
      {"plan.?chnages.hasValue()",
       "1:7: there is no member \"chnages\"; did you mean \"changes\"?"},
      {"plan.x", "1:6: there is no member \"x\"; there are: changes, owner, ratio"},
      {"paln.changes", "1:1: undeclared reference to 'paln'; did you mean \"plan\"?"},
      {"items.all(i, i.prcie > 0)", "1:16: there is no member \"prcie\"; did you mean \"price\"?"},
      {"items.map(i, i.sku)[0].x", "1:24: a value of type string has no members, so no \"x\""},
      {"items.sortBy(i, i.prise)", "1:19: there is no member \"prise\"; did you mean \"price\"?"},
      {"items[0].skuu", "1:10: there is no member \"skuu\"; did you mean \"sku\"?"},
      {"items.first().prise", "1:15: there is no member \"prise\"; did you mean \"price\"?"},
      {"cel.bind(p, plan, p.rato)", "1:21: there is no member \"rato\"; did you mean \"ratio\"?"},
      {"sample.b", "1:8: there is no member \"b\"; there are: a"},
      {"plan.changes.x", "1:14: a value of type int has no members, so no \"x\""},
      {"codes.one", "1:7: the keys of this map are int, so there is no \"one\""},
      {"drift.kind > 5", "1:12: no such overload: string > int"},
      {"drift.kind == 5", "1:12: string and int are never equal"},
      {"items != 'a'", "1:7: list(map(string, dyn)) and string are never equal"},
      {"plan.changes + 1.5", "1:14: no such overload: int + double"},
      {"plan.changes + drift.kind", "1:14: no such overload: int + string"},
      {"!plan.changes", "1:1: no such overload: !int"},
      {"-drift.kind", "1:1: no such overload: -string"},
      {"plan.changes && true", "1:1: a condition is a bool, and this is int"},
      {"true || 'a'", "1:9: a condition is a bool, and this is string"},
      {"plan.changes ? 1 : 2", "1:1: a condition is a bool, and this is int"},
      {"items.all(i, i.price)", "1:14: a condition is a bool, and this is int"},
      {"items.filter(i, i.sku).size()", "1:17: a condition is a bool, and this is string"},
      {"plan.changes.all(i, true)", "1:14: a value of type int has no items to go through"},
      {"paused in 5", "1:8: no such overload: bool in int"},
      {"size(plan.changes)", "1:1: no such overload: size(int)"},
      {"drift.kind.startsWith(1)", "1:12: no such overload: string.startsWith(int)"},
      {"drift.kind.startWith('a')",
       "1:12: undeclared reference to 'startWith': there is no such function; did you mean "
       "\"startsWith\"?"},
      {"sizee(items)",
       "1:1: undeclared reference to 'sizee': there is no such function; did you mean \"size\"?"},
      {"drift.kind.matches('(')", "1:20: this is no pattern: missing ): ("},
      {"now.getHours(1)", "1:5: no such overload: google.protobuf.Timestamp.getHours(int)"},
      {"now + now", "1:5: no such overload: google.protobuf.Timestamp + google.protobuf.Timestamp"},
      {"items['a']", "1:7: string is no place in a list"},
      {"plan.changes[0]", "1:13: a value of type int has no items"},
      {"[?plan.changes]", "1:3: [?x] needs an optional, not int"},
      {"plan.changes.optMap(x, x)", "1:14: a value of type int is no optional"},
      {"note.optFlatMap(n, n)", "1:20: optFlatMap() needs an optional as the result"},
      {"{'a': 1, 'a': 2}", "1:1: repeated key: \"a\""},
      {"plan.changes >", "1:15: expected an expression, found the end"},
      {"plan.changes > 1 &&\n  drift.knd == 'a' &&\n    paln.x",
       "2:9: there is no member \"knd\"; did you mean \"kind\"?\n"
       "3:5: undeclared reference to 'paln'; did you mean \"plan\"?"},
  };
  for (const Row& row : rows) EXPECT_EQ(problems_of(row.expression), row.expected);
}

TEST(CelChecker, TheResultIsWhatIsWanted) {
  const Type truth(Kind::kBool);
  EXPECT_EQ(problems_of("paused", truth), "");
  EXPECT_EQ(problems_of("any.x", truth), "") << "what is not known is looked at when it is there";
  EXPECT_EQ(problems_of("plan.changes", truth), "1:1: this is int, and bool is wanted");
  EXPECT_EQ(problems_of("'a'", truth), "1:1: this is string, and bool is wanted");
}

TEST(CelChecker, NoMoreProblemsThanAnybodyReads) {
  std::string expression = "x0";
  for (int i = 1; i < 100; ++i) expression += " || x" + std::to_string(i);
  const std::string problems = problems_of(expression);
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 19);
}

// Names with dots are checked like members, although nothing stands before the dot.
TEST(Checker, NamesWithDotsAreGuessedByTheirLastPart) {
  const Declarations declarations = {{"plan.changes", Type(Kind::kInt)},
                                     {"plan.owner.name", Type(Kind::kString)},
                                     {"plan.owner.team", Type(Kind::kString)},
                                     {"now", Type(Kind::kTimestamp)}};
  const auto problem = [&](const char* source) {
    const auto made = Program::compile_checked(source, declarations);
    return made.ok() ? std::string() : made.error().message;
  };
  EXPECT_EQ(problem("plan.changes > 1 && plan.owner.name == 'a'"), "");
  EXPECT_EQ(problem("plan.chnages > 1"),
            "1:6: there is no member \"chnages\"; did you mean \"changes\"?");
  EXPECT_EQ(problem("plan.owner.nmae == 'a'"),
            "1:12: there is no member \"nmae\"; did you mean \"name\"?");
  EXPECT_EQ(problem("plan.owner == 'a'"),
            "1:1: undeclared reference to 'plan'; only its members are values, like plan.changes");
  EXPECT_EQ(problem("plan == 1"),
            "1:1: undeclared reference to 'plan'; only its members are values, like plan.changes");
  EXPECT_EQ(problem("[1].all(plan, plan.chnages > 1)"),
            "1:20: a value of type int has no members, so no \"chnages\"");
  EXPECT_EQ(problem("now.x == 1").substr(0, 5), "1:5: ");
}

TEST(Located, ReadsBackWhatErrorAtWrote) {
  EXPECT_EQ(located("3:14: no such: thing").place.line, 3U);
  EXPECT_EQ(located("3:14: no such: thing").place.column, 14U);
  EXPECT_EQ(located("3:14: no such: thing").message, "no such: thing");
  for (const char* other : {"", "no place", "3:", "3:x: y", ":3: y", "3 4: y"}) {
    EXPECT_EQ(located(other).message, other);
    EXPECT_EQ(located(other).place.line, 1U);
  }
}

}  // namespace
}  // namespace sideband::cel
