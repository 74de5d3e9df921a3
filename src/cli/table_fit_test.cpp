// Which columns can hold what others have.
#include "cli/table_fit.h"

#include <gtest/gtest.h>

namespace sideband::cli {
namespace {

ColumnType column(ColumnKind kind, std::int64_t size = 0, std::int64_t scale = 0) {
  return {"c", "its type", kind, size, scale};
}

TEST(ColumnFit, OfTheSameKindTheWiderHoldsTheNarrower) {
  using enum ColumnKind;
  for (const ColumnKind kind : {kInteger, kText}) {
    EXPECT_EQ(misfit(column(kind, 16), column(kind, 32)), "");
    EXPECT_EQ(misfit(column(kind, 16), column(kind, 16)), "");
    EXPECT_NE(misfit(column(kind, 32), column(kind, 16)), "");
    EXPECT_NE(misfit(column(kind), column(kind, 16)), "") << "without a limit";
    EXPECT_EQ(misfit(column(kind, 16), column(kind)), "");
  }
  EXPECT_EQ(misfit(column(kDecimal, 7, 2), column(kDecimal, 7, 3)), "");
  EXPECT_EQ(misfit(column(kDecimal, 7, 3), column(kDecimal, 7, 2)),
            "digits behind the point would be lost");
  EXPECT_EQ(misfit(column(kDecimal, 8, 2), column(kDecimal, 7, 2)), "larger numbers do not fit");
  EXPECT_NE(misfit(column(kDecimal), column(kDecimal, 7, 2)), "");
}

TEST(ColumnFit, TextAndBytesHoldMostAndOthersOnlyTheirOwn) {
  using enum ColumnKind;
  for (const ColumnKind kind : {kInteger, kDecimal, kFloat, kBool, kUuid, kDate, kTime}) {
    EXPECT_EQ(misfit(column(kind), column(kText)), "");
    EXPECT_EQ(misfit(column(kind), column(kBytes)), "");
    EXPECT_NE(misfit(column(kText), column(kind)), "");
  }
  EXPECT_NE(misfit(column(kBytes), column(kText)), "");
  EXPECT_NE(misfit(column(kUuid), column(kInteger, 64)), "");
  EXPECT_EQ(misfit(column(kOther), column(kInteger, 16)), "") << "nobody can tell";
}

TEST(ColumnFit, NumbersOfOtherKinds) {
  using enum ColumnKind;
  EXPECT_EQ(misfit(column(kInteger, 32), column(kFloat)), "");
  EXPECT_NE(misfit(column(kInteger, 64), column(kFloat)), "");
  EXPECT_NE(misfit(column(kDecimal, 7, 2), column(kFloat)), "");
  EXPECT_NE(misfit(column(kFloat), column(kInteger, 64)), "");
  EXPECT_EQ(misfit(column(kInteger, 64), column(kDecimal)), "");
  EXPECT_NE(misfit(column(kInteger, 64), column(kDecimal, 7, 2)), "");
  EXPECT_NE(misfit(column(kBool), column(kInteger, 16)), "");
}

TEST(TableFit, AMissingColumnIsMadeLikeTheOneItIsACopyOf) {
  TableReport desired{"want", {"id"}, {{"amount", "bigint", ColumnKind::kInteger, 64}}, {}};
  TableReport report{"have", {"id"}, {}, {}};
  report.add(FindingLevel::kError, "columns", "there is none", "");
  report.findings.back().missing_column = "pri\"ce";
  CollectionSettings actual;
  actual.fields = {{"pri\"ce", "{amount}"}};
  TableReport copied = report;
  add_columns_to_make(actual, desired, copied);
  EXPECT_EQ(copied.findings[0].remedy.run, "ALTER TABLE have ADD COLUMN \"pri\"\"ce\" bigint");
  actual.fields = {{"pri\"ce", "{amount} EUR"}};
  add_columns_to_make(actual, desired, report);
  EXPECT_EQ(report.findings[0].remedy.run, "") << "it is more than a copy";
}

TEST(TableFit, APlaceholderThatIsNoColumnHasAGuess) {
  const TableReport desired{"want", {"id"}, {{"amount", "bigint", ColumnKind::kInteger, 64}}, {}};
  CollectionSettings actual;
  actual.value = "{amuont} {amount}";
  const auto found = misfits_of(actual, desired, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].option, "value");
  EXPECT_EQ(found[0].text, "the desired side has no column \"amuont\"; did you mean \"amount\"?");
  EXPECT_TRUE(misfits_of(actual, {}, {}).empty()) << "its columns are not known";
}

}  // namespace
}  // namespace sideband::cli
