// Tables that are made at random, on both sides: after a repair the database itself finds them
// equal byte by byte, a second look plans nothing, and an undo brings back what was there. A row
// that the target cannot hold is refused, and the reason names the column; one that a constraint or
// a trigger refuses fails alone.
//
// SIDEBAND_SEED=n makes one table again, SIDEBAND_FULL=1 makes twenty times as many.
#include <gmock/gmock.h>

#include "random_sides.h"
#include "support/in_full.h"
#include "support/redis_server.h"

namespace sideband {
namespace {

constexpr int kKeys = 7;

// Settings that change how values look as texts.
void make_odd(PostgresClient& db, const std::string& database, bool first) {
  for (const char* setting :
       {first ? "DateStyle = 'German'" : "DateStyle = 'SQL, DMY'",
        first ? "IntervalStyle = 'sql_standard'" : "IntervalStyle = 'iso_8601'",
        "bytea_output = 'escape'",
        first ? "TimeZone = 'Asia/Kathmandu'" : "TimeZone = 'America/St_Johns'",
        first ? "extra_float_digits = -5" : "extra_float_digits = 3", "xmlbinary = 'hex'",
        "quote_all_identifiers = on", "array_nulls = off"}) {
    db.run("alter database " + database + " set " + setting);
  }
}

class RandomTables : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    const std::string first = server_->create_database();
    PostgresClient db(server_->connection_string(first));
    make_odd(db, first, true);
    const std::string second = first + "_latin1";
    db.run("create database " + second +
           " encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'");
    make_odd(db, second, false);
    utf8_ = random_postgres(*server_, first, false);
    latin1_ = random_postgres(*server_, second, true);
    if (const char* const seed = std::getenv("SIDEBAND_SEED")) only_ = std::stoull(seed);
  }
  // As many as there are of this pair.
  // `alike`: both are of one kind, so that both compute the same column.
  void run_all(RandomSide& want, RandomSide& have, std::uint64_t tables, bool alike = false) {
    if (in_full()) tables *= 20;
    for (std::uint64_t seed = 1; seed <= tables && !HasFailure(); ++seed) {
      run_one(want, have, only_ == 0 ? seed : only_, alike);
      if (only_ != 0) break;
    }
  }
  void run_one(RandomSide& want, RandomSide& have, std::uint64_t seed, bool alike) {
    SeededRandom random(seed);
    const std::size_t columns = 1 + below(random, 4);
    const bool computed = alike && below(random, 3) == 0;
    want.create(random, columns, computed);
    have.create(random, columns, computed);
    SCOPED_TRACE("SIDEBAND_SEED=" + std::to_string(seed) + ": " + want.describe() + " to " +
                 have.describe());
    want.fill(random, some_keys(random));
    const std::set<int> refused = have.expect(want.rows());
    have.fill(random, some_keys(random));
    have.take_expected(without(some_keys(random), refused));
    have.remember(refused);
    repair(want, have, refused);
  }

 private:
  static std::set<int> some_keys(Random& random) {
    std::set<int> keys;
    for (int key = 1; key <= kKeys; ++key) {
      if (below(random, 3) != 0) keys.insert(key);
    }
    return keys;
  }
  static std::set<int> without(std::set<int> keys, const std::set<int>& others) {
    for (const int key : others) keys.erase(key);
    return keys;
  }
  static std::string failure_beside(const std::set<int>& refused,
                                    const std::vector<Change>& changes, StepReport report) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      ChangeOutcome& one = report.outcomes[i];
      const bool may_fail = refused.contains(std::stoi(changes[i].key));
      if (may_fail && one.outcome == Outcome::kFailed) one.outcome = Outcome::kAlreadyThere;
    }
    return first_failure(report);
  }
  void repair(RandomSide& want, RandomSide& have, const std::set<int>& refused) {
    const auto sides = TwoSides::open(registry_, want.side(), have.side());
    ASSERT_TRUE(sides.ok()) << sides.error().message;
    const auto first = sides->look();
    ASSERT_TRUE(first.ok()) << first.error().message;
    // What the type of a column does not tell, a constraint or a trigger, fails by itself.
    EXPECT_EQ(
        failure_beside(refused, first->changes, sides->run(first->changes, StepMode::kForward)),
        "");
    const auto second = sides->look();
    ASSERT_TRUE(second.ok()) << second.error().message;
    for (const Change& change : second->changes) {
      EXPECT_TRUE(refused.contains(std::stoi(change.key))) << "it would be repaired for ever";
    }
    EXPECT_LE(static_cast<std::size_t>(second->unknown), refused.size()) << second->first_unknown;
    const std::string expected_why = second->unknown == 0 ? "" : "column 'c";
    EXPECT_THAT(second->first_unknown, testing::HasSubstr(expected_why));
    EXPECT_THAT(have.other_than("expected"), testing::MatchesRegex(" *"));
    have.allow_all();
    ASSERT_EQ(first_failure(sides->run(first->changes, StepMode::kUndo)), "");
    EXPECT_THAT(have.other_than("before"), testing::MatchesRegex(" *"));
  }

  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};

 protected:
  TempDir dir_;
  PostgresServer* server_ = nullptr;
  std::unique_ptr<RandomSide> utf8_, latin1_;
  std::uint64_t only_ = 0;
};

TEST_F(RandomTables, PostgresToPostgres) {
  run_all(*utf8_, *latin1_, 200, true);
  run_all(*latin1_, *utf8_, 100, true);
}

TEST_F(RandomTables, SqliteToSqlite) {
  const auto want = random_sqlite(dir_.path("want.db"));
  const auto have = random_sqlite(dir_.path("have.db"));
  run_all(*want, *have, 200, true);
}

TEST_F(RandomTables, PostgresToSqlite) {
  const auto have = random_sqlite(dir_.path("have.db"));
  run_all(*utf8_, *have, 150);
}

TEST_F(RandomTables, SqliteToPostgres) {
  const auto want = random_sqlite(dir_.path("want.db"));
  run_all(*want, *utf8_, 150);
}

TEST_F(RandomTables, ToRedis) {
  RedisServer redis;
  const auto have = random_redis(redis.socket());
  const auto want = random_sqlite(dir_.path("want.db"));
  run_all(*latin1_, *have, 100);
  run_all(*want, *have, 100);
}

}  // namespace
}  // namespace sideband
