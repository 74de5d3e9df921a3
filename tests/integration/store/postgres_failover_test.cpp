// A PostgreSQL store whose server restarts, is a standby, comes back older, or is of a newer build.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "base/metrics.h"
#include "base/thread.h"
#include "store/postgres/store.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/scratch_rows.h"
#include "support/until.h"

namespace sideband {
namespace {

class PostgresFailover : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL here";
    where_ = server_->new_database();
  }
  Result<std::unique_ptr<Store>> try_open() {
    return open_postgres_store({.connection = where_}, {.clock = clock_, .metrics = metrics_});
  }
  std::unique_ptr<Store> open() {
    auto opened = try_open();
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  static Result<void> append(Store& store, int count) {
    return store.run(Lane::kControl, [count](StoreTx& tx) -> Result<void> {
      for (int i = 0; i < count; ++i) tx.stage_audit("{}");
      return {};
    });
  }
  void sql(const std::string& text) { PostgresClient(where_).run(text); }

  SystemClock clock_;
  Metrics metrics_;
  PostgresServer* server_ = nullptr;
  std::string where_;
};

TEST_F(PostgresFailover, ALostConnectionIsNotSeenByCallers) {
  auto store = open();
  EXPECT_TRUE(append(*store, 1).ok());
  server_->drop_connections();
  const Result<void> again = append(*store, 1);
  EXPECT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(PostgresClient(where_).one("select size from audit_head"), "2");
}

TEST_F(PostgresFailover, ARestartIsGotOver) {
  auto store = open();
  EXPECT_TRUE(append(*store, 3).ok());
  server_->restart();
  EXPECT_TRUE(until([&] { return append(*store, 1).ok(); }));
  EXPECT_TRUE(until([&] { return store->lease_clock().ok(); }));
}

TEST_F(PostgresFailover, AStandbyIsRefusedAndItsPromotionIsTaken) {
  auto store = open();
  EXPECT_TRUE(append(*store, 3).ok());
  const std::string signal = server_->add_file("data/standby.signal", "");
  server_->restart();
  const auto refused = try_open();
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("hot standby"), std::string::npos)
      << refused.error().message;
  EXPECT_FALSE(append(*store, 1).ok());
  std::filesystem::remove(signal);
  server_->restart();
  EXPECT_TRUE(until([&] { return append(*store, 1).ok(); }));
}

// A replica that had not got the last commits was promoted: what was lost must not be built upon.
TEST_F(PostgresFailover, AnOlderDatabaseIsNotWrittenTo) {
  auto store = open();
  EXPECT_TRUE(append(*store, 1).ok());
  const std::string old =
      PostgresClient(where_).one("select encode(hashes, 'hex') from audit_head");
  EXPECT_TRUE(append(*store, 4).ok());
  sql("delete from leaves where idx > 0; update audit_head set size = 1, hashes = decode('" + old +
      "', 'hex')");
  server_->drop_connections();
  const Result<void> refused = append(*store, 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(refused.error().message.starts_with("LOG_FORKED")) << refused.error().message;
  EXPECT_FALSE(append(*store, 10).ok()) << "for good, however long it grows";
  EXPECT_EQ(PostgresClient(where_).one("select count(*) from leaves"), "1");
}

// The lost leaves were replaced by others meanwhile, by a node that had never seen them.
TEST_F(PostgresFailover, AnotherHistoryOfTheSameLengthIsNotWrittenTo) {
  auto store = open();
  EXPECT_TRUE(append(*store, 2).ok());
  auto other = open();
  sql("update leaves set record = '[]' where idx = 1; update audit_head set hashes = "
      "substring(hashes from 1 for 31) || '\\x00'");
  server_->drop_connections();
  EXPECT_TRUE(append(*other, 3).ok());
  EXPECT_EQ(append(*store, 1).error().code, ErrorCode::kCorrupt);
}

TEST_F(PostgresFailover, WhatOtherNodesAppendedMeanwhileIsNoFork) {
  auto store = open(), other = open();
  EXPECT_TRUE(append(*store, 2).ok());
  EXPECT_TRUE(append(*other, 2500).ok());
  server_->drop_connections();
  const Result<void> done = append(*store, 1);
  EXPECT_TRUE(done.ok()) << done.error().message;
}

TEST_F(PostgresFailover, ANewerSchemaIsRefusedAndAPlanSaysWhatIsMissing) {
  const auto empty = plan_postgres_store(where_);
  ASSERT_TRUE(empty.ok()) << empty.error().message;
  EXPECT_EQ(empty->version, 0);
  EXPECT_FALSE(empty->missing.empty());
  EXPECT_EQ(PostgresClient(where_).one("select count(*) from pg_tables where tablename = 'plans'"),
            "0")
      << "a plan changes nothing";
  open();
  const auto whole = plan_postgres_store(where_);
  EXPECT_TRUE(whole.ok() && whole->missing.empty() && whole->version == whole->known);
  sql("insert into migrations values (99, 0)");
  const auto refused = try_open();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().message.find("schema version 99"), std::string::npos);
  EXPECT_EQ(plan_postgres_store(where_).error().code, ErrorCode::kUnsupported);
}

TEST_F(PostgresFailover, QueuedWorkIsHeardByOtherNodes) {
  auto store = open(), other = open();
  std::atomic<int> heard = 0;
  other->on_work([&] { ++heard; });
  EXPECT_TRUE(until([&] { return heard > 0; })) << "each connection is a wake";
  const int before = heard;
  SeededRandom random(1);
  const Uuid id = Uuid::make(clock_.wall(), random);
  EXPECT_TRUE(store
                  ->run(Lane::kControl,
                        [&](StoreTx& tx) -> Result<void> {
                          Repair repair;
                          repair.id = id;
                          return tx.insert_repair(repair);
                        })
                  .ok());
  EXPECT_TRUE(until([&] { return heard > before; }));
  server_->drop_connections();
  EXPECT_TRUE(until([&] { return heard > before + 1; })) << "after a new connection too";
  other->on_work({});
}

// Two nodes that lock the same values in opposite order: the server ends one of them (40P01), which
// runs again.
TEST_F(PostgresFailover, DeadlocksAreRunAgain) {
  sql("alter database " + where_.substr(where_.rfind('=') + 1) + " set deadlock_timeout = '5ms'");
  auto store = open(), other = open();
  const auto both = [](Store& with, const std::string& first, const std::string& second) {
    return [&with, first, second] {
      for (int i = 0; i < 100; ++i) {
        const Result<void> done = with.run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
          for (const std::string& name : {first, second}) {
            SB_ASSIGN(const auto value, scratch(tx, name));
            SB_TRY(put_scratch(tx, name, std::to_string(value ? std::stoi(*value) + 1 : 1)));
          }
          return {};
        });
        EXPECT_TRUE(done.ok()) << done.error().message;
      }
    };
  };
  { const Thread one("a", both(*store, "x", "y")), two("b", both(*other, "y", "x")); }
  EXPECT_EQ(PostgresClient(where_).one("select convert_from(reason, 'UTF8') from pauses"
                                       " where reconciler = 'x'"),
            "200");
}

}  // namespace
}  // namespace sideband
