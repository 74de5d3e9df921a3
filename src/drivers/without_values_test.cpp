#include "drivers/without_values.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

struct Row {
  const char* said;
  const char* kept;
};

constexpr Row kRows[] = {
    {"invalid input syntax for type integer: \"CARD-4222\"",
     "invalid input syntax for type integer: ..."},
    {"value \"99999999999\" is out of range for type integer",
     "value ... is out of range for type integer"},
    {"malformed array literal: \"{a\"b}\"", "malformed array literal: ..."},
    {"ERR unknown command 'GETX', with args beginning with: 'CARD-4222' ",
     "ERR unknown command ... "},
    {"ERR unknown command `GETX`, with args beginning with: `CARD-4222`, ",
     "ERR unknown command ..., "},
    {"integer out of range", "integer out of range"},
    {"one \"quote only", "one ..."},
    {"", ""},
};

TEST(K10_2, WhatAMessageQuotesIsNotKept) {
  for (const Row& row : kRows) EXPECT_EQ(without_values(row.said).kept, row.kept) << row.said;
}

TEST(K10_2, WhatIsHiddenIsThereForWhoLooks) {
  EXPECT_EQ(without_values("for type integer: \"CARD-4222\"").hidden, "\"CARD-4222\"");
  EXPECT_EQ(without_values("one \"quote only").hidden, "\"quote only");
  EXPECT_EQ(without_values("integer out of range").hidden, "");
}

}  // namespace
}  // namespace sideband
