// Another server behind the address of a target: it is said, kept and shown, and what was learnt
// from the one before does not count.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <regex>

#include "e2e/daemon.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kRows = 60;

// A cache of prices from PostgreSQL, where only what is new is looked at between whole scans, of
// which there is one an hour.
class Connected : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    database_ = server_->create_database();
    fill(database_);
  }
  void fill(const std::string& database) const {
    PostgresClient(server_->connection_string(database))
        .run(fmt::format("create table prices(id int primary key, price int, at timestamptz not "
                         "null default now()); insert into prices(id, price) select g, g from "
                         "generate_series(1, {}) g",
                         kRows));
  }
  // `gates`: of the reconciler, in braces.
  void watch(const RedisServer& redis, const std::string& gates) {
    daemon_.configure(
        target("shop", "postgres",
               "host: " + server_->folder() + ", port: " + server_->port() +
                   ", dbname: " + database_ + ", user: sideband") +
        target("cache", "redis", "socket: " + redis.socket()) +
        reconciler("prices",
                   "  mode: auto\n  interval: 200ms\n  gates: " + gates +
                       "\n  desired: {target: shop, query: \"select id, price, at from prices\", "
                       "key: id, changedSince: at, changedOverlap: 1s}\n"
                       "  actual: {target: cache, key: \"price:{id}\", value: \"{price}\"}\n"));
  }
  Json shown() { return daemon_.get("/api/v1/reconcilers/prices"); }
  bool in_sync() { return shown().value("status", "") == "in_sync"; }
  static std::string keys_of(const RedisServer& redis) {
    return RedisClient(redis.socket())
        .command({"EVAL", "return #redis.call('keys', 'price:*')", "0"});
  }
  // All is there, a whole look after the repair saw it, and looks are cheap ones by now.
  void settle(const RedisServer& redis) {
    ASSERT_TRUE(until([&] { return keys_of(redis) == std::to_string(kRows) && in_sync(); }))
        << shown().dump(1) << daemon_.log();
    const std::string all = std::to_string(kRows + 1) + " items";  // with the fence
    ASSERT_TRUE(until([&] {
      return daemon_.cli({"describe", "prices"}).out.find(all) != std::string::npos;
    })) << daemon_.log();
    const std::string scans = counted("sideband_scans_total", "ok");
    let_pass(std::chrono::seconds(1));
    ASSERT_EQ(counted("sideband_scans_total", "ok"), scans) << daemon_.log();
  }
  std::string counted(const std::string& metric, const std::string& label) {
    const std::string text = daemon_.call("GET", "/metrics").body;
    std::smatch found;
    const std::regex line(metric + "\\{[^\n]*\"" + label + "\"[^\n]*\\} ([0-9]+)");
    return std::regex_search(text, found, line) ? found[1].str() : "none";
  }
  // What the audit log says of changed targets, a record a line.
  std::string records(const std::string& kind) {
    std::string found;
    const std::string folder = daemon_.path("audit" + kind);
    EXPECT_EQ(daemon_.cli({"audit", "export", folder}).code, 0);
    EXPECT_EQ(daemon_.cli({"audit", "verify", folder, "--key", daemon_.public_key()}).code, 0);
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (!file.is_regular_file()) continue;
      const std::string text = slurp(file.path().string());
      for (std::size_t at = text.find(kind); at != std::string::npos;
           at = text.find(kind, at + 1)) {
        found += text.substr(text.rfind('{', at), 600) + "\n";
      }
    }
    return found;
  }
  std::string changes_counted(const std::string& how) {
    return counted("sideband_target_changes_total", how);
  }
  static int times(const std::string& text, const std::string& part) {
    int count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++count;
    }
    return count;
  }

  Daemon daemon_;
  PostgresServer* server_ = nullptr;
  std::string database_;
};

TEST_F(Connected, K6_3_AnEmptyRedisIsNotInSyncAndIsFilledAgain) {
  RedisServer redis;
  watch(redis, "{cooldown: 10ms, maxChanges: {count: 1000}}");
  daemon_.start();
  settle(redis);
  redis.restart();
  EXPECT_TRUE(until([&] { return keys_of(redis) == std::to_string(kRows); })) << daemon_.log();
  EXPECT_TRUE(until([&] { return in_sync(); }));
  EXPECT_EQ(times(daemon_.log(), "target replaced"), 1) << daemon_.log();
  EXPECT_EQ(changes_counted("replaced"), "1");
  const std::string record = records("target_replaced");
  EXPECT_THAT(record, HasSubstr("\"target\":\"cache\""));
  EXPECT_THAT(record, HasSubstr(std::to_string(kRows + 1) + " items")) << "with the fence";
  const std::string described = daemon_.cli({"describe", "prices"}).out;
  EXPECT_THAT(described, HasSubstr("cache: history "));
  EXPECT_THAT(described, HasSubstr("replaced; before: "));
  EXPECT_THAT(described, HasSubstr("shop: data "));
}

TEST_F(Connected, K6_3_NoLimitIsPassedForIt) {
  RedisServer redis;
  watch(redis, "{cooldown: 10ms, maxChanges: {count: 1000}}");
  daemon_.start();
  settle(redis);
  daemon_.stop();
  watch(redis, "{cooldown: 10ms, maxChanges: {count: 20}}");
  daemon_.start();
  ASSERT_TRUE(until([&] { return in_sync(); }));
  redis.restart();
  ASSERT_TRUE(until([&] { return shown().value("status", "") == "held"; })) << shown().dump(1);
  EXPECT_EQ(keys_of(redis), "0") << "more than maxChanges waits for people";
  EXPECT_THAT(shown().dump(), HasSubstr("maxChanges"));
}

TEST_F(Connected, K6_3_ARestartWithItsDataIsSaidAndNoReplacement) {
  RedisServer redis({"--appendonly", "yes", "--appendfsync", "always"});
  watch(redis, "{cooldown: 10ms, maxChanges: {count: 1000}}");
  daemon_.start();
  settle(redis);
  redis.restart();
  ASSERT_TRUE(daemon_.logs("target restarted")) << daemon_.log();
  EXPECT_TRUE(until([&] { return in_sync(); }));
  EXPECT_THAT(daemon_.log(), Not(HasSubstr("target replaced")));
  EXPECT_EQ(changes_counted("restarted"), "1");
  EXPECT_EQ(changes_counted("replaced"), "none");
  EXPECT_THAT(records("target_restarted"), HasSubstr("\"target\":\"cache\""));
}

TEST_F(Connected, K6_3_WhatWasThereIsKnownAcrossARestartOfTheDaemon) {
  RedisServer redis;
  watch(redis, "{cooldown: 10ms, maxChanges: {count: 1000}}");
  daemon_.start();
  settle(redis);
  daemon_.stop();
  redis.restart();
  daemon_.start();
  ASSERT_TRUE(daemon_.logs("target replaced")) << daemon_.log();
  EXPECT_TRUE(until([&] { return keys_of(redis) == std::to_string(kRows) && in_sync(); }));
  daemon_.stop();
  daemon_.start();
  EXPECT_TRUE(until([&] { return in_sync(); }));
  EXPECT_EQ(times(daemon_.log(), "target replaced"), 1) << "once for each that came";
}

TEST_F(Connected, K6_3_WhatWasThereIsInACopyOfTheStore) {
  RedisServer redis;
  watch(redis, "{cooldown: 10ms, maxChanges: {count: 1000}}");
  daemon_.start();
  settle(redis);
  daemon_.stop();
  // A stopped folder's own file, as a copy of it has it.
  SqliteClient(daemon_.state() + "/sideband.db")
      .run("vacuum into '" + daemon_.path("copy.db") + "'");
  const Finished restored = daemon_.cli({"db", "restore", daemon_.path("copy.db"), "--yes"}, "");
  ASSERT_EQ(restored.code, 0) << restored.err;
  redis.restart();
  daemon_.start();
  EXPECT_TRUE(daemon_.logs("target replaced")) << daemon_.log();
  EXPECT_TRUE(until([&] { return keys_of(redis) == std::to_string(kRows) && in_sync(); }));
}

TEST_F(Connected, K6_3_ADatabaseMadeAgainUnderItsNameIsAnotherOne) {
  RedisServer redis;
  watch(redis, "{cooldown: 10ms, maxChanges: {count: 1000}}");
  daemon_.start();
  settle(redis);
  PostgresClient other(server_->connection_string("postgres"));
  other.run("drop database " + database_ + " with (force)");
  other.run("create database " + database_);
  fill(database_);
  PostgresClient(server_->connection_string(database_))
      .run("update prices set price = 4711, at = now() - interval '1 year' where id = 7");
  EXPECT_TRUE(daemon_.logs("target replaced")) << daemon_.log();
  EXPECT_TRUE(until([&] {
    return RedisClient(redis.socket()).command({"GET", "price:7"}) == "4711";
  })) << "a row that changedSince does not show is found by a whole look: "
      << daemon_.log();
  EXPECT_THAT(records("target_replaced"), HasSubstr("\"target\":\"shop\""));
}

}  // namespace
}  // namespace sideband::e2e
