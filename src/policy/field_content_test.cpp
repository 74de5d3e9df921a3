#include "policy/field_content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideband {
namespace {

using testing::HasSubstr;

// Data that is its letters without case, and "?" is none.
Result<std::string> upper(const std::string& text) {
  if (text == "?") return Error::invalid("not readable");
  std::string out = text;
  for (char& c : out) c = static_cast<char>(std::toupper(c));
  return out;
}
// Over what was found.
Result<std::string> found_with(const std::string& want, const std::string& found) {
  if (found == "?") return Error::invalid("not readable");
  return found + want;
}

Result<Fields> wanted(const Fields& want, const Fields& found, const ContentRules& rules) {
  SB_ASSIGN(const State state,
            wanted_fields(State::of_fields(want), State::of_fields(found), {{"data", rules}}));
  return decode_fields(state.bytes);
}

TEST(FieldContent, K4_3_AnEqualValueIsTheOneThatIsThere) {
  const ContentRules rules(upper);
  EXPECT_EQ(*wanted({{"data", "ab"}, {"n", "1"}}, {{"data", "AB"}, {"n", "2"}}, rules),
            (Fields{{"data", "AB"}, {"n", "1"}}));
  EXPECT_EQ(wanted({{"data", "ab"}}, {{"data", "ac"}}, rules)->at("data"), "ab");
  EXPECT_EQ(wanted({{"other", "ab"}}, {{"other", "AB"}}, rules)->at("other"), "ab")
      << "no rule is for this field";
}

TEST(FieldContent, K4_3_NullAndAbsentHaveNoContent) {
  const ContentRules rules(upper, found_with);
  EXPECT_EQ(*wanted({{"data", "ab"}}, {}, rules), (Fields{{"data", "ab"}}));
  EXPECT_EQ(*wanted({}, {{"data", "ab"}}, rules), Fields());
}

TEST(FieldContent, K4_3_WhereOnlyWhatIsSaidCountsTheRestStays) {
  const ContentRules rules(upper, found_with);
  EXPECT_EQ(wanted({{"data", "b"}}, {{"data", "a"}}, rules)->at("data"), "ab");
  EXPECT_EQ(wanted({{"data", ""}}, {{"data", "a"}}, rules)->at("data"), "a");
}

TEST(FieldContent, K4_3_WhatCannotBeReadIsSaidUnlessItIsOursToWrite) {
  EXPECT_THAT(wanted({{"data", "?"}}, {{"data", "a"}}, {upper}).error().message,
              HasSubstr("\"data\": not readable"));
  EXPECT_EQ(wanted({{"data", "a"}}, {{"data", "?"}}, {upper})->at("data"), "a");
  EXPECT_FALSE(wanted({{"data", "a"}}, {{"data", "?"}}, ContentRules(upper, found_with)).ok());
}

}  // namespace
}  // namespace sideband
