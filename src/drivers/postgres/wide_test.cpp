// Tables with as many columns as PostgreSQL takes: read, compared, written.
#include <gmock/gmock.h>

#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

class PostgresWide : public PostgresTest, public testing::WithParamInterface<int> {
 protected:
  // A key and columns of four types in turn, some of them NULL.
  void make_table(const std::string& name, int columns) {
    std::string made = "create table " + name + "(id int primary key";
    for (int i = 2; i <= columns; ++i) {
      static constexpr const char* kTypes[] = {"int", "text", "boolean", "smallint"};
      made += ", c" + std::to_string(i) + " " + kTypes[i % 4];
    }
    db_->run(made + ")");
    for (int row = 1; row <= 3; ++row) {
      std::string values = std::to_string(row);
      for (int i = 2; i <= columns; ++i) values += "," + literal(i, row);
      db_->run("insert into " + name + " values (" + values + ")");
    }
  }
  static std::string literal(int column, int row) {
    if ((column + row) % 7 == 0) return "null";
    if (column % 4 == 1) return "'t\\\"" + std::to_string(column) + ",{}'";
    if (column % 4 == 2) return row % 2 == 0 ? "true" : "false";
    return std::to_string(column % 30'000 + row);
  }
  std::unique_ptr<Collection> open_side(const std::string& name, Role role) {
    return std::move(try_open({{"table", name}, {"key", "id"}}, role)).value();
  }
};

TEST_P(PostgresWide, K11_12_RowsAreReadComparedAndWritten) {
  const int columns = GetParam();
  make_table("wide", columns);
  const auto rows = open_side("wide", Role::kActual);
  const auto scanned = scan_all(*rows, 10);
  ASSERT_TRUE(scanned.ok()) << scanned.error().message;
  ASSERT_EQ(scanned->size(), 3U);
  const State first = read_one(*rows, "1");
  ASSERT_TRUE(first.present()) << first.why;
  EXPECT_TRUE(scanned->at(0).state.same_as(first));

  Fields want = fields(first);
  EXPECT_GT(want.size(), static_cast<std::size_t>(columns) / 2);
  const std::string last = "c" + std::to_string(columns);
  want["c3"] = "4711";
  want["c5"] = "a \"b\" \\ {c}, NULL";
  want.erase(last);
  Fields fresh = fields(read_one(*rows, "2"));
  const Change erased{"3", ChangeOp::kDelete, read_one(*rows, "3"), State::absent()};
  const auto outcomes =
      apply(*rows, {towards(*rows, "1", want), towards(*rows, "9", fresh), erased});
  for (const ChangeOutcome& outcome : outcomes) {
    EXPECT_EQ(outcome.outcome, Outcome::kChanged) << outcome.detail;
  }
  EXPECT_EQ(fields(read_one(*rows, "1")), want);
  EXPECT_EQ(db_->one("select c5 from wide where id = 1"), "a \"b\" \\ {c}, NULL");
  EXPECT_EQ(db_->one("select count(*) from wide where id = 1 and " + last + " is null"), "1");
  fresh["id"] = "9";
  EXPECT_EQ(fields(read_one(*rows, "9")), fresh);
  EXPECT_EQ(db_->one("select count(*) from wide"), "3");
}

TEST_P(PostgresWide, K11_12_ARowThatMovedIsRefused) {
  make_table("wide", GetParam());
  const auto rows = open_side("wide", Role::kActual);
  Change change = towards(*rows, "1", fields(read_one(*rows, "2")));
  db_->run("update wide set c3 = 5 where id = 1");
  EXPECT_EQ(apply(*rows, {change})[0].outcome, Outcome::kRefused);
  EXPECT_EQ(db_->one("select c3 from wide where id = 1"), "5");
}

TEST_P(PostgresWide, K11_12_RawStatesAndDigestsCompare) {
  make_table("wide", GetParam());
  make_table("twin", GetParam());
  const auto wide = open_side("wide", Role::kDesired);
  const auto twin = open_side("twin", Role::kActual);
  for (const bool raw : {false, true}) {
    ScanRequest request;
    request.raw = raw;
    const auto one = wide->scan(request);
    const auto other = twin->scan(request);
    ASSERT_TRUE(one.ok() && other.ok()) << one.error().message;
    ASSERT_EQ(one->items.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(one->items[i].state.same_as(other->items[i].state)) << raw << i;
    }
  }
  if (wide->traits().digest.empty()) return;
  DigestRequest whole;
  whole.ranges = {KeyRange{}};
  whole.timeout = kLong;
  const auto one = wide->digests(whole);
  const auto other = twin->digests(whole);
  ASSERT_TRUE(one.ok() && other.ok()) << one.error().message;
  EXPECT_EQ(one->at(0).digest, other->at(0).digest);
  db_->run("update twin set c3 = c3 + 1 where id = 2");
  EXPECT_NE(twin->digests(whole)->at(0).digest, one->at(0).digest);
}

TEST_P(PostgresWide, K11_12_WhatColumnsKeepIsAsked) {
  make_table("wide", GetParam());
  const auto rows = open_side("wide", Role::kActual);
  Fields want = fields(read_one(*rows, "1"));
  want["c3"] = "0012";
  const auto kept = rows->kept({{State::of_fields(want), read_one(*rows, "1")}}, kLong);
  ASSERT_TRUE(kept.ok()) << kept.error().message;
  want["c3"] = "12";
  EXPECT_EQ(fields(kept->at(0)), want);
}

// 831 is the last one for which two arrays a column fit; 1,600 is what a table may have, and its
// row has to fit a page.
INSTANTIATE_TEST_SUITE_P(Columns, PostgresWide, testing::Values(700, 702, 850, 1200, 1590));

}  // namespace
}  // namespace sideband
