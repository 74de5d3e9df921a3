// A repair of real targets that a signal of a real Redis holds back: it waits, says why, goes on by
// itself; through a kill, and when the source of the signal dies.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

class PauseWhen : public testing::Test {
 protected:
  PauseWhen() : redis_(cache_.socket()), jobs_(queue_.socket()), shop_(daemon_.path("shop.db")) {
    shop_.run("create table product(id integer primary key, name text)");
    shop_.run(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into "
        "product select i, 'name ' || i from n");
  }
  void configure(const std::string& rule) {
    daemon_.configure(
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        target("cache", "redis", "socket: " + cache_.socket()) +
        target("work", "redis", "socket: " + queue_.socket() + ", timeout: 300ms") +
        "---\napiVersion: resolved.sideband/v1\nkind: Signal\nmetadata: {name: backlog}\n"
        "spec: {target: work, redis: {length: jobs}, interval: 100ms, maxAge: 1s}\n" +
        reconciler("products",
                   "  mode: auto\n  interval: 200ms\n"
                   "  gates: {cooldown: 10ms, rateLimit: {maxPerSecond: 60, burst: 20}, "
                   "pauseWhen: [{" +
                       rule +
                       "}]}\n"
                       "  desired: {target: shop, query: \"select id, name from product\", key: "
                       "id}\n"
                       "  actual: {target: cache, key: \"product:{id}\", value: \"{name}\"}\n"));
  }
  void push(int jobs) {
    std::vector<std::string> words = {"RPUSH", "jobs"};
    words.insert(words.end(), static_cast<std::size_t>(jobs), "job");
    jobs_.command(words);
  }
  int filled() { return static_cast<int>(redis_.list({"KEYS", "product:*"}).size()); }
  Json shown() { return daemon_.get("/api/v1/reconcilers/products"); }
  Json signal() {
    const Json all = daemon_.get("/api/v1/signals");
    return all.is_null() || all.at("items").empty() ? Json() : all.at("items").at(0);
  }
  bool held() { return shown().value("status", "") == "held"; }
  bool in_sync() { return shown().value("status", "") == "in_sync"; }
  std::string told() { return shown().dump(1) + signal().dump(1) + daemon_.log(); }
  // Held, and after that not a single key more.
  void expect_held(const std::string& why) {
    ASSERT_TRUE(until([&] { return held(); })) << told();
    EXPECT_THAT(shown().dump(), HasSubstr(why));
    int before = -1;
    ASSERT_TRUE(until([&] { return std::exchange(before, filled()) == filled(); }));
    const int then = filled();
    const int reads = std::stoi(jobs_info("total_commands_processed"));
    // Ten more readings of the signal later.
    ASSERT_TRUE(until([&] {
      return reads == 0 || std::stoi(jobs_info("total_commands_processed")) > reads + 40;
    }));
    EXPECT_EQ(filled(), then);
    EXPECT_LT(then, 300);
  }
  std::string jobs_info(const std::string& field) {
    if (!answers_) return "0";
    const std::string info = jobs_.command({"INFO", "stats"});
    const std::size_t at = info.find(field + ":") + field.size() + 1;
    return info.substr(at, info.find('\r', at) - at);
  }

  Daemon daemon_;
  RedisServer cache_;
  RedisServer queue_;
  RedisClient redis_;
  RedisClient jobs_;
  SqliteClient shop_;
  bool answers_ = true;
};

TEST_F(PauseWhen, ARunningRepairWaitsForTheQueueAndGoesOn) {
  configure("signal: backlog, above: 10, clear: 5");
  daemon_.start();
  ASSERT_TRUE(until([&] { return filled() >= 20; })) << told();
  push(20);
  expect_held("pauseWhen: signal backlog is 20, held back by above 10 since ");
  const std::string listed = daemon_.cli({"get", "signals"}).out;
  EXPECT_THAT(listed, HasSubstr("backlog"));
  EXPECT_THAT(listed, HasSubstr("products above 10 (hold): holding"));
  EXPECT_EQ(signal().at("value"), "20");
  EXPECT_THAT(daemon_.cli({"explain", "products"}).out, HasSubstr("signal backlog is 20"));
  jobs_.command({"LTRIM", "jobs", "0", "6"});
  ASSERT_TRUE(until([&] { return signal().value("value", "") == "7"; })) << told();
  expect_held("signal backlog is 7, held back by above 10");
  jobs_.command({"DEL", "jobs"});
  EXPECT_TRUE(until([&] { return filled() == 300 && in_sync(); })) << told();
  EXPECT_EQ(daemon_.repairs("products").size(), 1U) << "it is the repair of before that went on";
}

TEST_F(PauseWhen, AKillOpensNothing) {
  configure("signal: backlog, above: 10, clear: 5");
  daemon_.start();
  ASSERT_TRUE(until([&] { return filled() >= 20; })) << told();
  push(20);
  ASSERT_TRUE(until([&] { return held(); })) << told();
  daemon_.kill_now();
  jobs_.command({"LTRIM", "jobs", "0", "6"});
  const int then = filled();
  daemon_.start();
  ASSERT_TRUE(until([&] { return signal().value("value", "") == "7"; })) << told();
  expect_held("signal backlog is 7, held back by above 10");
  EXPECT_EQ(filled(), then);
  jobs_.command({"DEL", "jobs"});
  EXPECT_TRUE(until([&] { return filled() == 300 && in_sync(); })) << told();
}

TEST_F(PauseWhen, AnAbortTakesBackWhatItDid) {
  configure("signal: backlog, above: 10, then: abort");
  daemon_.start();
  ASSERT_TRUE(until([&] { return filled() >= 20; })) << told();
  push(20);
  EXPECT_TRUE(until([&] { return filled() == 0; })) << told();
  ASSERT_TRUE(until([&] { return daemon_.repairs("products", true).empty(); }));
  EXPECT_EQ(daemon_.repairs("products").back().at("state"), "compensated");
  EXPECT_THAT(daemon_.repairs("products").back().at("note").get<std::string>(),
              testing::ContainsRegex("pauseWhen: signal backlog (is 20|crossed)"));
}

TEST_F(PauseWhen, ASourceThatDoesNotAnswerHolds) {
  configure("signal: backlog, above: 10");
  daemon_.start();
  ASSERT_TRUE(until([&] { return filled() >= 20; })) << told();
  queue_.freeze();
  answers_ = false;
  expect_held("signal backlog: its last reading is ");
  EXPECT_THAT(signal().dump(), HasSubstr("\"unknown\""));
  EXPECT_THAT(daemon_.cli({"get", "signals"}).out, HasSubstr("unknown"));
  queue_.thaw();
  EXPECT_TRUE(until([&] { return filled() == 300 && in_sync(); })) << told();
}

// Redis keeps nothing here, so what comes back under the address is another server.
TEST_F(PauseWhen, AnotherServerBehindTheAddressIsNoReading) {
  configure("signal: backlog, above: 10");
  daemon_.start();
  ASSERT_TRUE(until([&] { return filled() >= 20; })) << told();
  queue_.stop();
  answers_ = false;
  expect_held("signal backlog: ");
  queue_.restart();
  ASSERT_TRUE(until([&] {
    return signal().dump().find("another server than the target answered") != std::string::npos;
  })) << told();
  expect_held("another server");
}

TEST_F(PauseWhen, CheckTargetsReadsEachSignalOnce) {
  configure("signal: backlog, above: 10");
  push(3);
  const Finished check = daemon_.cli({"check", "--targets", daemon_.path("conf")});
  EXPECT_THAT(check.out, HasSubstr("SIGNAL"));
  EXPECT_THAT(check.out, testing::ContainsRegex("backlog +work +redis +3 "));
  EXPECT_THAT(check.err, HasSubstr("signals: 1 read, 0 without a reading"));
  const Finished json = daemon_.cli({"-o", "json", "check", "--targets", daemon_.path("conf")});
  EXPECT_EQ(Json::parse(json.out).at("signals").at(0).at("value"), "3");
  jobs_.command({"DEL", "jobs"});
  jobs_.command({"CONFIG", "SET", "requirepass", "secret"});
  const Finished denied = daemon_.cli({"check", "--targets", daemon_.path("conf")});
  EXPECT_THAT(denied.out, HasSubstr("unknown"));
  EXPECT_EQ(denied.code, 7);
}

TEST_F(PauseWhen, APlanFromHereAsksTheSignalToo) {
  configure("signal: backlog, above: 10");
  push(20);
  const Finished plan = daemon_.cli({"plan", "products"});
  EXPECT_THAT(plan.out, HasSubstr("pauseWhen"));
  EXPECT_THAT(plan.out, HasSubstr("signal backlog is 20"));
}

}  // namespace
}  // namespace sideband::e2e
