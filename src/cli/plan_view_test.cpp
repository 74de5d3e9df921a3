#include "cli/plan_view.h"

#include <gtest/gtest.h>

namespace sideband::cli {
namespace {

using Lines = std::vector<std::string>;

TEST(PlanView, K2_6_EmptyAndAbsentLookDifferent) {
  const State bare = State::of_fields({{"a", "1"}});
  const State empty = State::of_fields({{"a", "1"}, {"b", ""}});
  EXPECT_EQ(value_diff("k", bare, empty), (Lines{"+ b: ''"}));
  EXPECT_EQ(value_diff("k", empty, bare), (Lines{"- b: ''"}));
  EXPECT_EQ(value_diff("k", State::of_bytes(""), State::of_bytes("x")), (Lines{"~ '' -> x"}));
  EXPECT_EQ(value_diff("k", State::absent(), State::of_bytes("")), (Lines{"+ ''"}));
}

TEST(PlanView, AttributesAreToldBesideTheContent) {
  State found = State::of_bytes("same");
  found.attributes = encode_fields({{"mode", "0644"}, {"owner", "root"}});
  State want = found;
  want.attributes = encode_fields({{"mode", "0640"}, {"owner", "root"}});
  EXPECT_EQ(value_diff("k", found, want), (Lines{"~ mode: 0644 -> 0640"}));
  want.bytes = "other";
  EXPECT_EQ(value_diff("k", found, want), (Lines{"~ mode: 0644 -> 0640", "~ same -> other"}));
  EXPECT_EQ(value_diff("k", State::absent(), want),
            (Lines{"+ mode: 0640", "+ owner: root", "+ other"}));
}

TEST(PlanView, K2_6_TextStaysAndBytesAreReadable) {
  EXPECT_EQ(value_text(R"({"a": "b"})"), R"({"a": "b"})");
  EXPECT_EQ(value_text("two\nlines\t."), R"(two\nlines\t.)");
  EXPECT_EQ(value_text(" x"), "' x'");
  EXPECT_EQ(value_text(std::string("\x00\xff\x10", 3)), R"(\x00ff10 (3 bytes that are no text))");
  EXPECT_EQ(value_text("\x1b[31m"), R"(\u001b[31m)");
  EXPECT_EQ(value_text("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
}

}  // namespace
}  // namespace sideband::cli
