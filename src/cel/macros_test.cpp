// Macros: cel-spec doc/langdef.md, "Macros", and cel-go's two-variable comprehensions, bindings and
// optionals.
#include "cel/for_tests.h"

namespace sideband::cel {
namespace {

TEST(CelMacros, Quantifiers) {
  expect_rows({
      {"[1, 2].all(x, x > 0)", "true"},
      {"[1, 2].all(x, x > 1)", "false"},
      {"[].all(x, x > 1)", "true"},
      {"[1, 2].exists(x, x > 1)", "true"},
      {"[1, 2].exists(x, x > 2)", "false"},
      {"[].exists(x, true)", "false"},
      {"[1, 2].exists_one(x, x > 1)", "true"},
      {"[1, 2].exists_one(x, x > 0)", "false"},
      {"[1, 2].existsOne(x, x == 2)", "true"},
      {"{'a': 1, 'b': 2}.all(k, k < 'c')", "true"},
      {"{'a': 1}.exists(k, k == 'a')", "true"},
      {"{'a': 1, 'b': 2}.exists_one(k, k == 'a')", "true"},
      {"[0, 1].all(x, 1 / x == 2)", "false"},
      {"[0, 1].exists(x, 1 / x == 1)", "true"},
      {"[0, 1].all(x, 1 / x == 1)", "error: 1:17: divide by zero"},
      {"[1, 0].exists_one(x, 1 / x == 1)", "error: 1:24: divide by zero"},
      {"[1].all(x, 'a')", "error: 1:5: no such overload: string where a bool belongs"},
      {"(1).all(x, true)", "error: 1:5: no such overload: int is neither a list nor a map"},
      {"'ab'.all(x, true)", "error: 1:6: no such overload: string is neither..."},
      {"[[1], [2]].all(x, x.all(y, y > 0))", "true"},
      {"[1].all(x, [2].all(x, x == 2))", "true"},
      {"[1].exists(x, [2].exists(y, x + y == 3))", "true"},
      {"[1].all(x.y, true)", "unreadable: 1:9: all() binds a plain name here"},
      {"[1].all(1, true)", "unreadable: 1:9: all() binds a plain name here"},
      {"[1].all(.x, true)", "unreadable: 1:9: all() binds a plain name here"},
      {"[1].all(x)", "unreadable: 1:1: all() does not take 1 argument here"},
  });
}

TEST(CelMacros, MapAndFilter) {
  expect_rows({
      {"[1, 2].map(x, x * 2)", "[2, 4]"},
      {"[].map(x, x / 0)", "[]"},
      {"[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"},
      {"{'a': 1, 'b': 2}.map(k, k + '!')", "[\"a!\", \"b!\"]"},
      {"[1, 2, 3].filter(x, x % 2 == 1)", "[1, 3]"},
      {"{'a': 1, 'b': 2}.filter(k, k > 'a')", "[\"b\"]"},
      {"[1, 0].map(x, 1 / x)", "error: 1:17: divide by zero"},
      {"[1].filter(x, 'a')", "error: 1:15: no such overload: string where a bool belongs"},
      {"[1, 2].map(x, [3, 4].map(y, x * y))", "[[3, 4], [6, 8]]"},
      {"[1, 2].map(x, x).filter(x, x > 1).size()", "1"},
      {"[1].map(x, x, x, x)", "unreadable: 1:1: map() does not take 4 arguments here"},
  });
}

TEST(CelMacros, SortBy) {
  expect_rows({
      {"[3, 1, 2].sortBy(x, x)", "[1, 2, 3]"},
      {"[3, 1, 2].sortBy(x, -x)", "[3, 2, 1]"},
      {"['bb', 'a', 'cc'].sortBy(s, s.size())", "[\"a\", \"bb\", \"cc\"]"},
      {"[{'n': 2}, {'n': 1}].sortBy(m, m.n)[0].n", "1"},
      {"[].sortBy(x, x / 0)", "[]"},
      {"[1, 0].sortBy(x, 1 / x)", "error: 1:20: divide by zero"},
      {"[1, 2].sortBy(x, x == 1 ? 'a' : 1)", "error: 1:8: sortBy() needs items of one order"},
      {"[1, 2].sortBy(x, [x])", "error: 1:8: sortBy() needs items of one order"},
      {"[1.0].sortBy(x, 0.0 / 0.0)", "error: 1:7: sortBy() cannot place NaN"},
      {"{'a': 1}.sortBy(k, k)", "error: 1:10: sortBy() needs a list"},
  });
}

TEST(CelMacros, TwoNames) {
  expect_rows({
      {"[5, 6].all(i, v, v == i + 5)", "true"},
      {"[5, 6].exists(i, v, i == 1 && v == 6)", "true"},
      {"[5, 6].existsOne(i, v, v > 5)", "true"},
      {"{'a': 1}.all(k, v, k == 'a' && v == 1)", "true"},
      {"{'a': 1}.exists(k, v, v == 2)", "false"},
      {"[5, 6].transformList(i, v, v * i)", "[0, 6]"},
      {"[5, 6].transformList(i, v, i > 0, v)", "[6]"},
      {"{'a': 1}.transformList(k, v, k)", "[\"a\"]"},
      {"[5, 6].transformMap(i, v, v * 2)", "{0: 10, 1: 12}"},
      {"{'a': 1, 'b': 2}.transformMap(k, v, v * 2)", "{\"a\": 2, \"b\": 4}"},
      {"{'a': 1, 'b': 2}.transformMap(k, v, k == 'b', v)", "{\"b\": 2}"},
      {"{'a': 1}.transformMapEntry(k, v, {v: k})", "{1: \"a\"}"},
      {"{'a': 1, 'b': 2}.transformMapEntry(k, v, v > 1, {v: k})", "{2: \"b\"}"},
      {"{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})", "error: 1:18: repeated key: 1"},
      {"{'a': 1}.transformMapEntry(k, v, 1)", "error: 1:10: transformMapEntry() needs a map..."},
      {"{'a': 0}.transformMap(k, v, 1 / v)", "error: 1:31: divide by zero"},
      {"[1].all(x, x, true)", "unreadable: 1:12: \"x\" is bound twice"},
  });
}

TEST(CelMacros, Bindings) {
  expect_rows({
      {"cel.bind(x, 2, x * x)", "4"},
      {"cel.bind(x, 2, cel.bind(y, x + 1, x * y))", "6"},
      {"cel.bind(x, 1, cel.bind(x, x + 1, x))", "2"},
      {"cel.bind(x, 1, x) + cel.bind(x, 2, x)", "3"},
      {"cel.bind(x, 'a', x) == cel.bind(y, 'b', y)", "false"},
      {"cel.bind(x, 1 / 0, true)", "true"},
      {"cel.bind(x, 1 / 0, x)", "error: 1:15: divide by zero"},
      {"cel.bind(x, 1)", "unreadable: 1:1: cel.bind() takes a name..."},
      {"cel.bind(x.y, 1, 2)", "unreadable: 1:10: cel.bind() binds a plain name here"},
      {"[1, 2].map(i, cel.bind(d, i * 2, d + d))", "[4, 8]"},
  });
}

TEST(CelMacros, BlocksOfOptimizers) {
  expect_rows({
      {"cel.block([1, cel.index(0) + 1], cel.index(1) * 10)", "20"},
      {"cel.block([], 5)", "5"},
      {"cel.block([[1, 2].map(cel.iterVar(0, 0), cel.iterVar(0, 0) + 1)], cel.index(0))", "[2, 3]"},
      {"cel.block([1 / 0], true)", "true"},
      {"cel.block([1 / 0], cel.index(0))", "error: 1:14: divide by zero"},
      {"cel.block(1, 2)", "unreadable: 1:1: cel.block() takes a list of parts..."},
      {"cel.index(0)", "error: 1:5: undeclared reference to '@index:0'"},
      {"cel.index('a')", "unreadable: 1:1: cel.index() takes plain numbers"},
      {"cel.iterVar(1)", "unreadable: 1:1: cel.iterVar() takes plain numbers"},
  });
  std::string many = "cel.block([1";
  for (int i = 0; i < 300; ++i) many += ", 1";
  EXPECT_EQ(evaluated(many + "], 1)"), "unreadable: 1:1: cel.block() has too many parts");
}

TEST(CelMacros, Optionals) {
  expect_rows({
      {"optional.of(1)", "optional.of(1)"},
      {"optional.none()", "optional.none()"},
      {"optional.ofNonZeroValue('')", "optional.none()"},
      {"optional.ofNonZeroValue(0)", "optional.none()"},
      {"optional.ofNonZeroValue([0])", "optional.of([0])"},
      {"optional.ofNonZeroValue({})", "optional.none()"},
      {"optional.ofNonZeroValue(duration('0s'))", "optional.none()"},
      {"optional.ofNonZeroValue(timestamp(0))", "optional.none()"},
      {"optional.ofNonZeroValue(false)", "optional.none()"},
      {"optional.of(1).hasValue()", "true"},
      {"optional.none().hasValue()", "false"},
      {"optional.of(1).value()", "1"},
      {"optional.none().value()", "error: 1:17: optional.none() has no value"},
      {"optional.none().or(optional.of(2)).value()", "2"},
      {"optional.of(1).or(optional.of(1 / 0)).value()", "1"},
      {"optional.none().orValue(3)", "3"},
      {"optional.of(1).orValue(1 / 0)", "1"},
      {"optional.none().orValue(1 / 0)", "error: 1:27: divide by zero"},
      {"optional.of(2).optMap(x, x * 2)", "optional.of(4)"},
      {"optional.none().optMap(x, x / 0)", "optional.none()"},
      {"optional.of(2).optFlatMap(x, optional.of(x))", "optional.of(2)"},
      {"optional.of(2).optFlatMap(x, optional.none())", "optional.none()"},
      {"optional.of(2).optFlatMap(x, x)", "error: 1:16: optFlatMap() needs an optional..."},
      {"(1).optMap(x, x)", "error: 1:5: no such overload: int.optMap()"},
      {"{'a': 1}.?a", "optional.of(1)"},
      {"{'a': 1}.?b", "optional.none()"},
      {"{'a': {'b': 1}}.?a.b", "optional.of(1)"},
      {"{'a': {'b': 1}}.?x.b", "optional.none()"},
      {"{'a': {}}.?a.b", "optional.none()"},
      {"{'a': 1}[?'a']", "optional.of(1)"},
      {"[1][?0]", "optional.of(1)"},
      {"[1][?1]", "optional.none()"},
      {"optional.of([1])[0]", "optional.of(1)"},
      {"optional.of([1])[5]", "optional.none()"},
      {"optional.of({'a': 1}).a", "optional.of(1)"},
      {"has({'a': {'b': 1}}.?a.b)", "true"},
      {"has({}.?a.b)", "false"},
      {"{'a': null}.?a.b", "error: 1:16: no such key: \"b\"..."},
      {"optional.unwrap([optional.of(1), optional.none()])", "[1]"},
      {"[optional.of(1), optional.none()].unwrapOpt()", "[1]"},
      {"[1].unwrapOpt()", "error: 1:5: unwrap needs a list of optionals"},
      {"[?optional.of(1), ?optional.none(), 2]", "[1, 2]"},
      {"{?'a': optional.of(1), ?'b': optional.none()}", "{\"a\": 1}"},
      {"[?1]", "error: 1:1: [?x] needs an optional, not int"},
      {"{?'a': 1}", "error: 1:1: {?k: v} needs an optional, not int"},
      {"{'a': 1}.?a.orValue(0) + {}.?a.orValue(5)", "6"},
  });
}

}  // namespace
}  // namespace sideband::cel
