// What the description of a kept table makes of it, word for word.
#include "store/kept_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/noted_statements_for_tests.h"

namespace sideband {
namespace {

using testing::ElementsAre;

// What is said when a row is read, inserted, put and erased.
template <class Table>
std::vector<std::string> statements_of(const typename Table::Key& key,
                                       const typename Table::Row& row) {
  NotedStatements db(true);
  EXPECT_TRUE(Table::read(db, key).ok());
  EXPECT_TRUE(Table::insert(db, key, row).ok());
  EXPECT_TRUE(Table::upsert(db, key, row).ok());
  EXPECT_TRUE(Table::erase(db, key).ok());
  return db.take();
}

TEST(KeptTables, StatementsNameAllColumns) {
  EXPECT_THAT(
      statements_of<PauseTable>("fleet", Pause{}),
      ElementsAre("SELECT paused_by, reason, since FROM pauses WHERE reconciler = $1 /*lock*/",
                  "INSERT INTO pauses (reconciler, paused_by, reason, since)"
                  " VALUES ($1, $2, $3, $4)",
                  "INSERT INTO pauses (reconciler, paused_by, reason, since)"
                  " VALUES ($1, $2, $3, $4) ON CONFLICT (reconciler) DO UPDATE SET"
                  " paused_by = excluded.paused_by, reason = excluded.reason,"
                  " since = excluded.since",
                  "DELETE FROM pauses WHERE reconciler = $1"));
}

TEST(KeptTables, AKeyMayHaveTwoColumns) {
  EXPECT_THAT(
      statements_of<WindowTable>(WindowKey{}, {}),
      ElementsAre("SELECT slots FROM change_windows WHERE scope = $1 AND kind = $2 /*lock*/",
                  "INSERT INTO change_windows (scope, kind, slots) VALUES ($1, $2, $3)",
                  "INSERT INTO change_windows (scope, kind, slots) VALUES ($1, $2, $3)"
                  " ON CONFLICT (scope, kind) DO UPDATE SET slots = excluded.slots",
                  "DELETE FROM change_windows WHERE scope = $1 AND kind = $2"));
}

TEST(KeptTables, EachColumnIsReadIntoItsMember) {
  NotedStatements db(true);
  db.found = {"SELECT"};
  db.text = "ann";
  EXPECT_EQ(PauseTable::read(db, "fleet").value(), (Pause{"ann", "ann", from_us(0)}));
  EXPECT_EQ(LeaderTable::read(db, 1).value(), (LeaderRow{"ann", 0}));
}

TEST(KeptTables, WhatCannotBeDecodedIsDamage) {
  NotedStatements db(true);
  db.found = {"SELECT"};
  db.text = "\xff";
  EXPECT_EQ(WindowTable::read(db, WindowKey{}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(SourceTable::read(db, "scope").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(DetectionTable::read(db, "signal").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(KnownTargetTable::read(db, "place").error().code, ErrorCode::kCorrupt);
}

TEST(KeptTables, AreKnownByTheirNames) {
  for (const char* table : {"pauses", "cancels", "declined_plans", "crash_counts", "change_windows",
                            "rate_buckets", "sources", "known_targets", "leader_lease", "notices",
                            "signal_holds", "breakers", "silences", "detections", "throttles"}) {
    EXPECT_TRUE(is_kept_table(table)) << table;
  }
  EXPECT_FALSE(is_kept_table("plans") || is_kept_table(""));
}

}  // namespace
}  // namespace sideband
