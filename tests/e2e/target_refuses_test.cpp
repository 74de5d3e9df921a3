// A target that refuses every write for a while: the repair waits for it, as long as it takes, says
// so, and goes on by itself.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class TargetRefuses : public testing::Test {
 protected:
  TargetRefuses() : redis_(server_.socket()), shop_(daemon_.path("shop.db")) {
    shop_.run("create table product(id integer primary key, name text)");
    shop_.run("insert into product values(1, 'lamp'), (2, 'desk')");
    daemon_.configure(
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        target("cache", "redis", "socket: " + server_.socket()) +
        reconciler("products",
                   "  mode: auto\n  interval: 100ms\n  gates: {cooldown: 10ms}\n"
                   "  retry: {limit: 1, backoff: {initial: 100ms}}\n"
                   "  desired: {target: shop, query: \"select id, name from product\", key: id}\n"
                   "  actual: {target: cache, key: \"product:{id}\", value: \"{name}\"}\n"));
  }
  std::string get(const std::string& key) { return redis_.command({"GET", key}); }
  Json shown() { return daemon_.get("/api/v1/reconcilers/products"); }
  bool in_sync() { return shown().value("status", "") == "in_sync"; }
  // The repair waits for the target, and no attempt is used up, however often it looked.
  void waits_for(const std::string& reason) {
    ASSERT_TRUE(until([&] { return shown().value("status", "") == "waiting"; }))
        << shown().dump(1) << daemon_.log();
    EXPECT_THAT(shown().dump(), HasSubstr(reason));
    let_pass(seconds(4));
    const Json repairs = daemon_.repairs("products", true);
    ASSERT_EQ(repairs.size(), 1U) << daemon_.repairs("products").dump(1);
    EXPECT_EQ(repairs.at(0).at("state"), "scheduled");
    EXPECT_EQ(repairs.at(0).at("attempt"), 0);
    EXPECT_THAT(repairs.at(0).at("note").get<std::string>(),
                HasSubstr("the target refuses since "));
    EXPECT_THAT(repairs.at(0).at("refusedSince").get<std::string>(), HasSubstr("T"));
    const std::string id = repairs.at(0).at("id");
    const std::string described = daemon_.cli({"describe", id}).out;
    EXPECT_THAT(described, HasSubstr("refused since"));
    EXPECT_THAT(described, HasSubstr(reason));
    EXPECT_EQ(shown().value("status", ""), "waiting");
  }
  // Without anybody's help.
  void goes_on() {
    EXPECT_TRUE(until([&] { return get("product:1") == "lamp" && in_sync(); }))
        << shown().dump(1) << daemon_.log();
    for (const Json& repair : daemon_.repairs("products")) {
      EXPECT_EQ(repair.at("state"), "converged") << repair.dump(1);
      EXPECT_FALSE(repair.contains("refusedSince")) << repair.dump(1);
    }
    EXPECT_THAT(daemon_.log(), HasSubstr("target refuses no more"));
    EXPECT_THAT(daemon_.log(), Not(HasSubstr("needs_human")));
  }

  Daemon daemon_;
  RedisServer server_;
  RedisClient redis_;
  SqliteClient shop_;
};

TEST_F(TargetRefuses, K7_2_AFullRedisIsWaitedForUntilItHasRoom) {
  redis_.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  redis_.command({"CONFIG", "SET", "maxmemory", "1"});
  daemon_.start();
  waits_for("OOM");
  EXPECT_EQ(get("product:1"), "(nil)");
  redis_.command({"CONFIG", "SET", "maxmemory", "0"});
  goes_on();
}

TEST_F(TargetRefuses, K7_2_AReplicaIsWaitedForUntilItIsPromoted) {
  const RedisServer primary;
  redis_.command({"REPLICAOF", "127.0.0.1", std::to_string(primary.port())});
  ASSERT_TRUE(until([&] {
    return redis_.command({"INFO", "replication"}).find("master_link_status:up") !=
           std::string::npos;
  }));
  daemon_.start();
  waits_for("READONLY");
  redis_.command({"REPLICAOF", "NO", "ONE"});
  goes_on();
  EXPECT_TRUE(daemon_.logs("target failed_over")) << daemon_.log();
}

TEST_F(TargetRefuses, K7_2_TooFewReplicasAreWaitedFor) {
  redis_.command({"CONFIG", "SET", "min-replicas-to-write", "1"});
  daemon_.start();
  waits_for("NOREPLICAS");
  redis_.command({"CONFIG", "SET", "min-replicas-to-write", "0"});
  goes_on();
}

TEST_F(TargetRefuses, K7_2_WhatWaitsGoesOnAfterARestartOfTheDaemonAndCanBeCancelled) {
  redis_.command({"CONFIG", "SET", "min-replicas-to-write", "1"});
  daemon_.start();
  ASSERT_TRUE(until([&] { return shown().value("status", "") == "waiting"; })) << daemon_.log();
  const std::string since = daemon_.repairs("products", true).at(0).at("refusedSince");
  daemon_.stop();
  daemon_.start();
  ASSERT_TRUE(until([&] { return shown().value("status", "") == "waiting"; })) << daemon_.log();
  EXPECT_EQ(daemon_.repairs("products", true).at(0).at("refusedSince"), since);
  const std::string id = daemon_.repairs("products", true).at(0).at("id");
  EXPECT_EQ(daemon_.cli({"cancel", id, "--reason", "not now"}).code, 0);
  EXPECT_TRUE(until([&] { return daemon_.repairs("products", true).empty(); }))
      << daemon_.repairs("products").dump(1);
  EXPECT_EQ(get("product:1"), "(nil)");
}

TEST_F(TargetRefuses, K7_2_AMissingGrantIsAPersonsMatterAndNotWaitedFor) {
  redis_.command({"ACL", "SETUSER", "default", "-@write"});
  daemon_.start();
  EXPECT_TRUE(until([&] {
    const Json all = daemon_.repairs("products");
    return !all.empty() && all.at(0).at("state") == "needs_human";
  })) << daemon_.repairs("products").dump(1)
      << daemon_.log();
  EXPECT_NE(shown().value("status", ""), "waiting");
}

}  // namespace
}  // namespace sideband::e2e
