// Work that is refused, reverted or fails again and again slows down by itself, and goes on by
// itself once the cause is gone.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

class BackOff : public testing::Test {
 protected:
  Json status(const std::string& name) { return daemon_.get("/api/v1/reconcilers/" + name); }
  // How many repairs it began until now, those that ended included.
  std::size_t repairs(const std::string& name) {
    return daemon_.get("/api/v1/repairs?limit=500&reconciler=" + name).at("items").size();
  }

  Daemon daemon_;
};

// A cache of product names from a table of one row.
class FencedCache : public BackOff {
 protected:
  FencedCache() : redis_(server_.socket()), shop_(daemon_.path("shop.db")) {
    shop_.run("create table product(id integer primary key, name text)");
    shop_.run("insert into product values(1, 'lamp')");
    daemon_.configure(
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        target("cache", "redis", "socket: " + server_.socket()) +
        reconciler("prices",
                   "  mode: auto\n  interval: 100ms\n  gates: {cooldown: 10ms}\n"
                   "  retry: {limit: 3, backoff: {initial: 100ms}}\n"
                   "  desired: {target: shop, query: \"select id, name from product\", key: id}\n"
                   "  actual: {target: cache, key: \"product:{id}\", value: \"{name}\"}\n"));
  }
  // The highest token that the target has seen, of every stripe.
  void set_fence(std::uint64_t token) {
    std::vector<std::string> fence = {"HSET", kFence};
    for (int stripe = 0; stripe < 1024; ++stripe) {
      fence.push_back(fmt::format("{:03x}", stripe));
      fence.push_back(fmt::format("{:020}", token));
    }
    redis_.command(fence);
  }
  static constexpr const char* kFence = "sideband:fence:product:{id}";
  const RedisServer server_;
  RedisClient redis_;
  SqliteClient shop_;
};

TEST_F(FencedCache, K7_1_AFenceAboveOurTokensIsMetAFewTimesAndNamed) {
  set_fence(9'000'000'000'000'000'000U);
  redis_.command({"SET", "product:1", "other"});
  daemon_.start();
  ASSERT_TRUE(until([&] {
    const Json all = daemon_.repairs("prices");
    return !all.empty() && all.at(0).at("state") == "needs_human";
  })) << daemon_.repairs("prices").dump(1);
  const std::size_t before = repairs("prices");
  let_pass(seconds(5));
  EXPECT_LE(repairs("prices"), before + 4) << "less and less often";
  const Json latest = daemon_.repairs("prices").at(0);
  EXPECT_THAT(daemon_.cli({"describe", latest.at("id")}).out, HasSubstr("newer fencing token"));
  EXPECT_EQ(redis_.command({"GET", "product:1"}), "other");
}

// As a repair of another key does that shares the stripe and was quicker.
TEST_F(FencedCache, K7_1b_ATokenThatWasOvertakenIsFollowedByAFreshOne) {
  redis_.command({"SET", "product:1", "other"});
  daemon_.start();
  ASSERT_TRUE(until([&] { return redis_.command({"GET", "product:1"}) == "lamp"; }));
  const std::string seen =
      redis_.command({"EVAL", "return redis.call('HVALS', KEYS[1])[1]", "1", kFence});
  set_fence(std::stoull(seen) + 2);
  redis_.command({"SET", "product:1", "other"});
  EXPECT_TRUE(until([&] { return redis_.command({"GET", "product:1"}) == "lamp"; }));
  ASSERT_TRUE(until([&] { return status("prices").value("status", "") == "in_sync"; }));
  for (const Json& repair : daemon_.repairs("prices")) {
    EXPECT_EQ(repair.at("state"), "converged") << repair.dump(1);
    EXPECT_EQ(repair.at("refused"), 0) << repair.dump(1);
  }
}

TEST_F(BackOff, K7_1_WhatSomebodyRevertsAtOnceIsRepairedMoreAndMoreSlowly) {
  spill(daemon_.path("want/a.conf"), "on\n");
  spill(daemon_.path("have/a.conf"), "on\n");
  daemon_.configure(target("want", "files", "root: " + daemon_.path("want")) +
                    target("have", "files", "root: " + daemon_.path("have")) +
                    reconciler("fleet",
                               "  mode: auto\n  interval: 100ms\n  gates: {cooldown: 10ms}\n"
                               "  validate: {within: 1s}\n"
                               "  desired: {target: want, files: \"*.conf\"}\n"
                               "  actual: {target: have, files: \"*.conf\"}\n"));
  daemon_.start();
  const auto revert = [&] {
    // While it is validated a repair would wait for it to become good again.
    const bool rests = daemon_.repairs("fleet", true).empty();
    const std::string file = daemon_.path("have/a.conf");
    if (rests && slurp(file) == "on\n") spill(file, "off\n");
  };
  for (int i = 0; i < 300; ++i) {
    revert();
    let_pass(std::chrono::milliseconds(20));
  }
  EXPECT_GE(repairs("fleet"), 3U);
  EXPECT_LE(repairs("fleet"), 16U) << "10 ms doubled each time";
  EXPECT_TRUE(until([&] {
    revert();
    return status("fleet").value("status", "") == "flapping";
  })) << status("fleet").dump(1);
}

TEST_F(BackOff, K7_2_ARowThatWasRefusedForItsParentIsWrittenOnceThatCame) {
  SqliteClient want(daemon_.path("want.db"));
  want.run("create table item(id integer primary key, product integer)");
  want.run("insert into item values(1, 7)");
  SqliteClient have(daemon_.path("have.db"));
  have.run("create table product(id integer primary key)");
  have.run("create table item(id integer primary key, product integer references product(id))");
  daemon_.configure(
      target("want", "sqlite", "path: " + daemon_.path("want.db")) +
      target("have", "sqlite", "path: " + daemon_.path("have.db")) +
      reconciler("items",
                 "  mode: auto\n  interval: 200ms\n  retry: {limit: 1, backoff: {initial: 10ms}}\n"
                 "  gates: {cooldown: 50ms}\n"
                 "  desired: {target: want, query: \"select id, product from item\", key: id}\n"
                 "  actual: {target: have, table: item, key: id}\n"));
  daemon_.start();
  ASSERT_TRUE(until([&] { return status("items").value("cooling", 0) == 1; }))
      << status("items").dump(1) << daemon_.log();
  EXPECT_EQ(repairs("items"), 1U) << "it rests";
  have.run("insert into product values(7)");
  EXPECT_TRUE(until([&] { return status("items").value("status", "") == "in_sync"; }, seconds(60)))
      << status("items").dump(1) << daemon_.log();
  EXPECT_EQ(have.list("select product from item"), std::vector<std::string>{"7"});
}

}  // namespace
}  // namespace sideband::e2e
