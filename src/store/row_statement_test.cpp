// The texts that are made of each kind of statement, word for word, and the tables that a literal
// is about.
#include "store/row_statement.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

TEST(RowStatement, InsertsRowsOfAListForEachColumn) {
  const auto insert = RowStatement::insert(StoreTable::kChunks, "plan, seq, changes");
  EXPECT_STREQ(insert.one().text(), "INSERT INTO chunks (plan, seq, changes) VALUES ($1, $2, $3)");
  EXPECT_STREQ(insert.many().text(),
               "INSERT INTO chunks (plan, seq, changes)"
               " SELECT * FROM unnest($1, $2, $3) AS given(p1, p2, p3)");
  EXPECT_EQ(insert.table(), StoreTable::kChunks);
  EXPECT_EQ(insert.params(), 3U);
}

TEST(RowStatement, AnUpsertReplacesAllButTheKeys) {
  const auto upsert = RowStatement::upsert(StoreTable::kChangeWindows, "scope, kind", "slots");
  EXPECT_STREQ(upsert.one().text(),
               "INSERT INTO change_windows (scope, kind, slots) VALUES ($1, $2, $3)"
               " ON CONFLICT (scope, kind) DO UPDATE SET slots = excluded.slots");
  EXPECT_STREQ(upsert.many().text(),
               "INSERT INTO change_windows (scope, kind, slots)"
               " SELECT * FROM unnest($1, $2, $3) AS given(p1, p2, p3)"
               " ON CONFLICT (scope, kind) DO UPDATE SET slots = excluded.slots");
  EXPECT_EQ(upsert.params(), 3U);
}

TEST(RowStatement, ErasesByItsKeys) {
  const auto erase = RowStatement::erase(StoreTable::kDrifts, "reconciler, key");
  EXPECT_STREQ(erase.one().text(), "DELETE FROM drifts WHERE reconciler = $1 AND key = $2");
  EXPECT_STREQ(erase.many().text(),
               "DELETE FROM drifts USING unnest($1, $2) AS given(p1, p2)"
               " WHERE reconciler = given.p1 AND key = given.p2");
  EXPECT_EQ(erase.params(), 2U);
}

TEST(RowStatement, AnUpdateNamesItsRowsBeforeItsCondition) {
  const auto update = RowStatement::update(
      StoreTable::kRepairs, 12,
      "a = $1, b = $2, c = $3, d = $4, e = $5, f = $6, g = $7, h = $8, i = $9, j = $10",
      "id = $11 AND token = $12");
  EXPECT_STREQ(update.one().text(),
               "UPDATE repairs SET a = $1, b = $2, c = $3, d = $4, e = $5, f = $6, g = $7,"
               " h = $8, i = $9, j = $10 WHERE id = $11 AND token = $12");
  EXPECT_STREQ(
      update.many().text(),
      "UPDATE repairs SET a = given.p1, b = given.p2, c = given.p3, d = given.p4, e = given.p5,"
      " f = given.p6, g = given.p7, h = given.p8, i = given.p9, j = given.p10"
      " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
      " AS given(p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12)"
      " WHERE id = given.p11 AND token = given.p12");
  EXPECT_EQ(update.params(), 12U);
}

TEST(RowStatement, AConditionalInsertMayHaveMoreParametersThanColumns) {
  const auto insert = RowStatement::insert_where(
      StoreTable::kRangeLocks, 3, "target, repair",
      "NOT EXISTS (SELECT 1 FROM range_locks WHERE target = $1 AND repair <> $3)",
      "target, repair");
  EXPECT_STREQ(insert.one().text(),
               "INSERT INTO range_locks (target, repair) SELECT $1, $2 WHERE NOT EXISTS"
               " (SELECT 1 FROM range_locks WHERE target = $1 AND repair <> $3)"
               " ON CONFLICT (target, repair) DO NOTHING");
  EXPECT_STREQ(insert.many().text(),
               "INSERT INTO range_locks (target, repair) SELECT given.p1, given.p2"
               " FROM unnest($1, $2, $3) AS given(p1, p2, p3) WHERE NOT EXISTS"
               " (SELECT 1 FROM range_locks WHERE target = given.p1 AND repair <> given.p3)"
               " ON CONFLICT (target, repair) DO NOTHING");
  EXPECT_EQ(insert.params(), 3U);
}

TEST(Sql, ALiteralKnowsItsTables) {
  const Sql sql("SELECT 1 FROM repairs WHERE EXISTS (SELECT 1 FROM steps)");
  EXPECT_TRUE(sql.tables().has(StoreTable::kRepairs) && sql.tables().has(StoreTable::kSteps));
  EXPECT_FALSE(sql.tables().has(StoreTable::kDrifts));
  EXPECT_TRUE(Sql("DELETE FROM declined_plans").tables().has(StoreTable::kPlans))
      << "rather one too many";
}

}  // namespace
}  // namespace sideband
