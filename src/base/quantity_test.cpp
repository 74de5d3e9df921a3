#include "base/quantity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sideband {
namespace {

struct Case {
  const char* text;
  double value;
  QuantityUnit unit;
  const char* shown;
};

TEST(Quantity, WhatPeopleWrite) {
  constexpr Case kCases[] = {
      {"0", 0, QuantityUnit::kNone, "0"},
      {"1.5", 1.5, QuantityUnit::kNone, "1.5"},
      {"-3", -3, QuantityUnit::kNone, "-3"},
      {"1e3", 1000, QuantityUnit::kNone, "1000"},
      {"20ms", 0.02, QuantityUnit::kSeconds, "20ms"},
      {"1h30m", 5400, QuantityUnit::kSeconds, "1h30m"},
      {"90d", 7'776'000, QuantityUnit::kSeconds, "90d"},
      {"64KiB", 65'536, QuantityUnit::kBytes, "65536 bytes"},
      {"1GB", 1e9, QuantityUnit::kBytes, "1000000000 bytes"},
      {"90%", 0.9, QuantityUnit::kShare, "90 %"},
      {"0.5%", 0.005, QuantityUnit::kShare, "0.5 %"},
  };
  for (const Case& one : kCases) {
    const auto parsed = parse_quantity(one.text);
    ASSERT_TRUE(parsed.ok()) << one.text;
    EXPECT_DOUBLE_EQ(parsed->value, one.value) << one.text;
    EXPECT_EQ(parsed->unit, one.unit) << one.text;
    EXPECT_EQ(format_quantity(parsed->value, parsed->unit), one.shown);
  }
}

TEST(Quantity, WhatIsNone) {
  for (const char* text : {"", " ", "1 ", " 1", "nan", "inf", "-inf", "1e999", "20 ms", "ms", "10x",
                           "101%", "-1%", "1,5", "0x10", "20msec", "1.5ms"}) {
    EXPECT_FALSE(parse_quantity(text).ok()) << text;
  }
}

TEST(Quantity, ShowsWhatNoUnitCanHold) {
  const double huge = std::numeric_limits<double>::max();
  EXPECT_EQ(format_quantity(huge, QuantityUnit::kSeconds), "1.79769313486232e+308");
  EXPECT_EQ(format_quantity(std::nan(""), QuantityUnit::kSeconds), "nan");
  EXPECT_EQ(format_quantity(-0.5, QuantityUnit::kSeconds), "-500ms");
}

}  // namespace
}  // namespace sideband
