#include "policy/declared.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

std::string over(const std::string& desired, const std::string& found,
                 const DiffOptions& options = {}) {
  return to_json(declared_over(parse_json(desired).value(), parse_json(found).value(), options));
}

TEST(Declared, WhatIsNotSaidIsKept) {
  EXPECT_EQ(over(R"({"a":1})", R"({"a":2,"b":3})"), R"({"a":1,"b":3})");
  EXPECT_EQ(over(R"({"a":{"x":1}})", R"({"a":{"y":2}})"), R"({"a":{"x":1,"y":2}})");
  EXPECT_EQ(over(R"({"a":1})", "{}"), R"({"a":1})");
  EXPECT_EQ(over("{}", R"({"b":3})"), R"({"b":3})");
}

TEST(Declared, NullSaysNothing) {
  EXPECT_EQ(over(R"({"a":null,"b":{"c":null}})", R"({"a":1})"), R"({"a":1,"b":{}})");
  EXPECT_EQ(over("null", "[1]"), "[1]");
  EXPECT_EQ(over("[null,2]", "[1]"), "[1,2]");
}

TEST(Declared, AnotherKindIsReplaced) {
  EXPECT_EQ(over(R"({"a":{"x":1}})", R"({"a":[1]})"), R"({"a":{"x":1}})");
  EXPECT_EQ(over(R"({"a":[1]})", R"({"a":"t"})"), R"({"a":[1]})");
  EXPECT_EQ(over("7", R"({"a":1})"), "7");
}

TEST(Declared, ListsGoByPosition) {
  EXPECT_EQ(over(R"([{"a":1},2])", R"([{"b":1},3,4])"), R"([{"a":1,"b":1},2,4])");
  EXPECT_EQ(over("[1,2]", "[]"), "[1,2]");
  EXPECT_EQ(over("[]", "[1]"), "[1]");
}

TEST(Declared, SetsHaveWhatIsSaid) {
  EXPECT_EQ(over(R"({"s":[1,2]})", R"({"s":[3,2.0]})", {.sets = {"/s"}}), R"({"s":[3,2,1]})");
}

TEST(Declared, ListsByAMember) {
  const DiffOptions options{.keyed = {{"/*/c", "name"}}};
  EXPECT_EQ(over(R"({"x":{"c":[{"name":"b","v":1},{"name":"new"}]}})",
                 R"({"x":{"c":[{"name":"a"},{"name":"b","v":2,"w":3}]}})", options),
            R"({"x":{"c":[{"name":"a"},{"name":"b","v":1,"w":3},{"name":"new"}]}})");
  EXPECT_EQ(over(R"({"x":{"c":[{"v":1}]}})", R"({"x":{"c":[{"v":2}]}})", options),
            R"({"x":{"c":[{"v":2},{"v":1}]}})")
      << "without that member they belong to nobody";
}

TEST(Declared, WhatIsIgnoredIsKept) {
  EXPECT_EQ(over(R"({"a":1,"b":2})", R"({"a":7})", {.ignore = {"/a", "/b"}}), R"({"a":7})");
  EXPECT_EQ(over("1", "2", {.ignore = {""}}), "2");
}

}  // namespace
}  // namespace sideband
