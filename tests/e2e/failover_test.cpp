// The database server under a daemon is lost, its standby is promoted, and the old one comes back:
// with a synchronous standby nothing is lost and nothing is done twice; on a server that lacks what
// was acknowledged nothing is written and nothing is done (P-16).
#include <gmock/gmock.h>

#include "e2e/crash_world.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband::e2e {
namespace {

using ::testing::HasSubstr;

class Failover : public testing::Test {
 protected:
  void SetUp() override {
    first_ = PostgresServer::make();
    if (!first_) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    database_ = first_->create_database();
    second_ = PostgresServer::standby_of(*first_);
    ASSERT_NE(second_, nullptr);
    ASSERT_TRUE(
        until([&] { return ask(*first_, "select count(*) from pg_stat_replication") == "1"; }));
  }
  void make_world() {
    world_ = std::make_unique<CrashWorld>("host=" + first_->folder() + "," + second_->folder() +
                                              " port=" + first_->port() + "," + second_->port() +
                                              " user=sideband dbname=" + database_,
                                          CrashWorld::canary("50ms"));
  }
  [[nodiscard]] std::string ask(const PostgresServer& server, const std::string& sql) const {
    return PostgresClient(server.connection_string(database_)).one(sql);
  }
  void tell(const PostgresServer& server, const std::string& sql) const {
    PostgresClient(server.connection_string(database_)).run(sql);
  }
  // From now on a commit is answered when the standby has it too.
  void replicate_synchronously() {
    tell(*first_, "alter system set synchronous_standby_names = 'standby'");
    tell(*first_, "select pg_reload_conf()");
    ASSERT_TRUE(until(
        [&] { return ask(*first_, "select sync_state from pg_stat_replication") == "sync"; }));
  }
  // The standby gets no more of what is committed.
  void cut_replication() {
    tell(*second_, "alter system set primary_conninfo = ''");
    tell(*second_, "select pg_reload_conf()");
    ASSERT_TRUE(
        until([&] { return ask(*first_, "select count(*) from pg_stat_replication") == "0"; }));
  }
  void expect_in_sync() {
    EXPECT_TRUE(until([&] {
      world_->push_prices();
      return world_->in_sync();
    })) << world_->daemon.repairs("", true).dump(1)
        << world_->daemon.log();
  }
  [[nodiscard]] std::string leaves(const PostgresServer& server) const {
    return ask(server, "select size from audit_head");
  }
  // The daemon, which knows more than this server, does nothing on it.
  void expect_refused_on(const PostgresServer& server, const std::string& size) {
    const int writes = world_->writes_to("item:");
    world_->break_items({11});
    // It looks at it, and is refused by its own store.
    HttpAnswer answer;
    EXPECT_TRUE(until([&] {
      answer =
          world_->daemon.call("POST", "/api/v1/repairs", R"({"reconciler":"items","keys":["11"]})");
      return answer.status == 500;
    })) << world_->daemon.log();
    EXPECT_THAT(answer.body, HasSubstr("LOG_FORKED"));
    EXPECT_TRUE(until([&] { return !world_->daemon.ready(); })) << world_->daemon.log();
    EXPECT_TRUE(world_->daemon.logs("LOG_FORKED"));
    EXPECT_EQ(world_->writes_to("item:"), writes) << "done without a record";
    EXPECT_EQ(leaves(server), size) << "the log was forked";
  }
  void restart_daemon() {
    world_->daemon.kill_now();
    ASSERT_NO_FATAL_FAILURE(world_->daemon.start());
    expect_in_sync();
    world_->check_proof();
    EXPECT_EQ(world_->daemon.stop().code, 0);
  }

  std::unique_ptr<PostgresServer> first_, second_;
  std::string database_;
  std::unique_ptr<CrashWorld> world_;
};

// In the middle of repairs; then the old primary comes back as one, and is found first.
TEST_F(Failover, ToASynchronousStandbyLosesNothingAndTheOldPrimaryIsRefused) {
  ASSERT_NO_FATAL_FAILURE(replicate_synchronously());
  make_world();
  world_->break_items({1, 2, 3, 5, 8, 9, 13, 16});
  world_->break_fleet({2, 3, 5});
  ASSERT_NO_FATAL_FAILURE(world_->daemon.start());
  ASSERT_TRUE(until([&] { return world_->writes_to("item:") > 0; })) << world_->daemon.log();
  first_->crash();
  second_->promote();
  expect_in_sync();
  world_->break_items({4, 6}, 1);
  expect_in_sync();
  world_->check_proof();
  first_->start_again();
  // With it each commit would wait for a standby that is none any more, which harms nobody either.
  tell(*first_, "alter system reset synchronous_standby_names");
  tell(*first_, "select pg_reload_conf()");
  ASSERT_TRUE(until([&] { return ask(*first_, "show synchronous_standby_names").empty(); }));
  const std::string size = leaves(*first_);
  second_->drop_connections();
  expect_refused_on(*first_, size);
  first_->crash();
  ASSERT_NO_FATAL_FAILURE(restart_daemon());
}

// The promoted standby misses commits that were acknowledged, and acted upon.
TEST_F(Failover, ToAStandbyThatLagsIsRefused) {
  make_world();
  world_->break_items({1, 2, 3, 5});
  ASSERT_NO_FATAL_FAILURE(world_->daemon.start());
  expect_in_sync();
  ASSERT_NO_FATAL_FAILURE(cut_replication());
  world_->break_items({7, 9}, 1);
  ASSERT_TRUE(until([&] { return world_->writes_to("item:7") > 0; })) << world_->daemon.log();
  expect_in_sync();
  first_->crash();
  second_->promote();
  const std::string size = leaves(*second_);
  expect_refused_on(*second_, size);
  second_->crash();
  first_->start_again();
  ASSERT_NO_FATAL_FAILURE(restart_daemon());
}

}  // namespace
}  // namespace sideband::e2e
