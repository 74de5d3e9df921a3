// SQLite's storage classes: between two SQLite sides a value is of the class that its source has,
// as far as the target's column takes it; from elsewhere it is what the column makes of its text.
#include <gmock/gmock.h>

#include "support/postgres_client.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"
#include "two_sides.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class StorageClasses : public testing::Test {
 protected:
  // One row with one column `v`, of this type, on each side.
  void fill(const std::string& want_type, const std::string& want, const std::string& have_type,
            const std::string& have) {
    want_.run("create table t(id integer primary key, v " + want_type + ")");
    have_.run("create table t(id integer primary key, v " + have_type + ")");
    want_.run("insert into t values(1, " + want + ")");
    if (!have.empty()) have_.run("insert into t values(1, " + have + ")");
  }
  static DriverOptions table() { return {{"table", "t"}, {"key", "id"}}; }
  Result<TwoSides> sides() {
    return TwoSides::open(registry_, sqlite_side(dir_.path("want.db"), table()),
                          sqlite_side(dir_.path("have.db"), table()));
  }
  // What the target holds after a look and a repair; a second look must find nothing.
  std::string repaired() {
    const auto on = sides();
    EXPECT_TRUE(on.ok()) << on.error().message;
    const Pass pass = on->look().value();
    EXPECT_EQ(first_failure(on->run(pass.changes, StepMode::kForward)), "");
    const Pass again = on->look().value();
    EXPECT_TRUE(again.changes.empty() && again.unknown == 0) << again.first_unknown;
    return held();
  }
  std::string held() { return have_.list("select typeof(v) || ' ' || quote(v) from t").front(); }

  TempDir dir_;
  SqliteClient want_{dir_.path("want.db")};
  SqliteClient have_{dir_.path("have.db")};
  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};
};

TEST_F(StorageClasses, K11_5_ANumberStaysOneInAColumnWithoutAffinity) {
  fill("", "5", "", "");
  EXPECT_EQ(repaired(), "integer 5");
}

TEST_F(StorageClasses, K11_5_ANumberAndItsDigitsDiffer) {
  fill("", "5", "", "'5'");
  EXPECT_EQ(repaired(), "integer 5");
}

TEST_F(StorageClasses, K11_5_DigitsStayATextInAColumnWithoutAffinity) {
  fill("", "'5'", "", "5");
  EXPECT_EQ(repaired(), "text '5'");
}

TEST_F(StorageClasses, K11_5_ABlobAndTheTextOfItsBytesDiffer) {
  fill("", "x'616263'", "", "'abc'");
  EXPECT_EQ(repaired(), "blob X'616263'");
}

TEST_F(StorageClasses, K11_5_ATextStaysOneInABlobColumn) {
  fill("blob", "'abc'", "blob", "x'616263'");
  EXPECT_EQ(repaired(), "text 'abc'");
}

TEST_F(StorageClasses, K11_5_ABlobStaysOneInATextColumn) {
  fill("text", "x'616263'", "text", "");
  EXPECT_EQ(repaired(), "blob X'616263'");
}

TEST_F(StorageClasses, K11_5_InfinityStaysANumber) {
  fill("real", "-9e999", "real", "1.5");
  EXPECT_THAT(repaired(), testing::StartsWith("real -"));
}

TEST_F(StorageClasses, K11_5_AWholeRealIsNoInteger) {
  fill("", "5.0", "", "5");
  EXPECT_EQ(repaired(), "real 5.0");
}

TEST_F(StorageClasses, K11_5_WhatTheColumnMakesOfItIsWhatIsCompared) {
  fill("text", "'5'", "integer", "5");
  EXPECT_TRUE(sides()->look()->changes.empty());
  want_.run("update t set v = '007'");
  EXPECT_EQ(repaired(), "integer 7");
  want_.run("update t set v = 'abc'");
  EXPECT_EQ(repaired(), "text 'abc'") << "that is what SQLite itself makes of it";
}

TEST_F(StorageClasses, K11_5_AStrictTableRefusesAndTheColumnIsNamed) {
  want_.run("create table t(id integer primary key, w text, v)");
  have_.run("create table t(id integer primary key, w text, v integer) strict");
  want_.run("insert into t values(1, 'x', 'abc'), (2, 'x', '5')");
  const auto on = sides();
  const Pass pass = on->look().value();
  EXPECT_EQ(pass.unknown, 1);
  EXPECT_THAT(pass.first_unknown,
              HasSubstr("1: desired: column 'v' of the actual side cannot hold"));
  EXPECT_EQ(first_failure(on->run(pass.changes, StepMode::kForward)), "");
  EXPECT_EQ(have_.list("select id || typeof(v) from t"), std::vector<std::string>{"2integer"});
}

TEST_F(StorageClasses, K11_5_WhatWasThereComesBackWithItsClass) {
  fill("", "5", "", "x'35'");
  const auto on = sides();
  const Pass pass = on->look().value();
  EXPECT_EQ(first_failure(on->run(pass.changes, StepMode::kForward)), "");
  EXPECT_EQ(held(), "integer 5");
  EXPECT_EQ(first_failure(on->run(pass.changes, StepMode::kUndo)), "");
  EXPECT_EQ(held(), "blob X'35'");
}

TEST_F(StorageClasses, K11_5_ATypeThatChangesWhileRunningIsLookedUpAgain) {
  fill("", "'5'", "", "'5'");
  const auto on = sides();
  EXPECT_TRUE(on->look()->changes.empty());
  have_.run("create table u(id integer primary key, v integer)");
  have_.run("insert into u values(1, 4)");
  have_.run("drop table t");
  have_.run("alter table u rename to t");
  const Pass pass = on->look().value();
  ASSERT_EQ(pass.changes.size(), 1U);
  EXPECT_EQ(first_failure(on->run(pass.changes, StepMode::kForward)), "");
  EXPECT_EQ(held(), "integer 5");
  EXPECT_TRUE(on->look()->changes.empty());
}

TEST_F(StorageClasses, K11_5_AColumnThatIsCalledLikeAClassIsRefused) {
  fill("", "5", "", "5");
  const auto on = TwoSides::open(
      registry_,
      sqlite_side(dir_.path("want.db"), {{"query", "select *, typeof(v) from t"}, {"key", "id"}}),
      sqlite_side(dir_.path("have.db"), table()));
  ASSERT_FALSE(on.ok());
  EXPECT_THAT(on.error().message, HasSubstr("column 'typeof(v)' has a name"));
}

// Also where the other side knows none.
TEST_F(StorageClasses, K11_5_UndoOfWhatCameFromElsewhereBringsTheClassBack) {
  RedisServer redis;
  RedisClient client(redis.socket());
  client.command({"HSET", "t:1", "v", "6", "n", "7"});
  have_.run("create table t(id integer primary key, v, n integer)");
  have_.run("insert into t values(1, 5, 'abc')");
  OneSide have = sqlite_side(dir_.path("have.db"), {{"table", "t"}, {"key", "id"}});
  have.collection.fields = {{"v", "{v}"}, {"n", "{n}"}};
  const auto on = TwoSides::open(
      registry_, redis_side(redis.socket(), {{"key", "t:{id}"}, {"type", "hash"}}), have);
  const auto pass = on->look();
  ASSERT_EQ(first_failure(on->run(pass->changes, StepMode::kForward)), "");
  EXPECT_EQ(have_.list("select quote(v) || quote(n) from t"), std::vector<std::string>{"'6'7"});
  ASSERT_EQ(first_failure(on->run(pass->changes, StepMode::kUndo)), "");
  EXPECT_EQ(have_.list("select quote(v) || quote(n) from t"), std::vector<std::string>{"5'abc'"});
}

// From a side that knows no classes a column of numbers takes numbers only.
TEST_F(StorageClasses, K11_5_FromElsewhereATextIsNoNumber) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  const std::string database = server->create_database();
  PostgresClient db(server->connection_string(database));
  db.run("create table t(id int primary key, v text, b boolean, r float8)");
  db.run("insert into t values(1, 'abc', true, 1), (2, '12', false, 'Infinity')");
  have_.run("create table t(id integer primary key, v integer, b boolean, r real)");
  const auto on = TwoSides::open(registry_, postgres_side(*server, database, table()),
                                 sqlite_side(dir_.path("have.db"), table()));
  const Pass pass = on->look().value();
  EXPECT_THAT(pass.first_unknown, HasSubstr("column 'v' of the actual side"));
  EXPECT_EQ(first_failure(on->run(pass.changes, StepMode::kForward)), "");
  EXPECT_EQ(have_.list("select quote(v) || quote(b) || typeof(r) || (r > 1e308) from t"),
            std::vector<std::string>{"120real1"});
}

}  // namespace
}  // namespace sideband
