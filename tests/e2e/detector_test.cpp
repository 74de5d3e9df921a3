// Detectors of signals that a real Redis is read for: they hold repairs back, wake a reconciler,
// survive a kill, and are fed by one of two nodes.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "e2e/two_nodes.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

class Detectors : public testing::Test {
 protected:
  Detectors() : redis_(cache_.socket()), jobs_(queue_.socket()), shop_(daemon_.path("shop.db")) {
    shop_.run("create table product(id integer primary key, name text)");
    shop_.run("insert into product values (1, 'lamp'), (2, 'desk')");
  }
  std::string documents(const std::string& detector, const std::string& spec) {
    return target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
           target("cache", "redis", "socket: " + cache_.socket()) +
           target("work", "redis", "socket: " + queue_.socket() + ", timeout: 300ms") +
           "---\napiVersion: resolved.sideband/v1\nkind: Signal\nmetadata: {name: backlog}\n"
           "spec: {target: work, redis: {length: jobs}, interval: 100ms, maxAge: 2s, detector: " +
           detector + "}\n" +
           reconciler("products",
                      "  mode: auto\n" + spec +
                          "  desired: {target: shop, query: \"select id, name from product\", key: "
                          "id}\n"
                          "  actual: {target: cache, key: \"product:{id}\", value: \"{name}\"}\n");
  }
  void configure(const std::string& detector, const std::string& spec) {
    daemon_.configure(documents(detector, spec));
  }
  void push(int jobs) {
    std::vector<std::string> words = {"RPUSH", "jobs"};
    words.insert(words.end(), static_cast<std::size_t>(jobs), "job");
    jobs_.command(words);
  }
  Json signal() { return signal_of(daemon_); }
  static Json signal_of(Daemon& daemon) {
    const Json all = daemon.get("/api/v1/signals");
    return all.is_null() || all.at("items").empty() ? Json() : all.at("items").at(0);
  }
  bool detects(const std::string& state) { return detects(daemon_, state); }
  static bool detects(Daemon& daemon, const std::string& state) {
    return until([&] {
      const Json found = signal_of(daemon);
      return !found.is_null() && found.at("detector").at("state") == state;
    });
  }
  std::string status() { return daemon_.get("/api/v1/reconcilers/products").value("status", ""); }
  std::string told() { return signal().dump(1) + daemon_.log(); }

  Daemon daemon_;
  RedisServer cache_;
  RedisServer queue_;
  RedisClient redis_;
  RedisClient jobs_;
  SqliteClient shop_;
};

TEST_F(Detectors, HoldARepairWhileTheyFireAndSayWhy) {
  push(30);
  configure("{threshold: {above: 20, clear: 5}}",
            "  interval: 200ms\n  gates: {pauseWhen: [{signal: backlog, detected: true}]}\n");
  daemon_.start();
  ASSERT_TRUE(detects("firing")) << told();
  ASSERT_TRUE(until([&] { return status() == "held"; })) << told();
  const std::string listed = daemon_.cli({"get", "signals"}).out;
  EXPECT_THAT(listed, HasSubstr("threshold: firing"));
  EXPECT_THAT(daemon_.cli({"explain", "products"}).out,
              HasSubstr("signal backlog is firing, held back by its detector"));
  EXPECT_EQ(redis_.command({"EXISTS", "product:1"}), "0");
  jobs_.command({"DEL", "jobs"});
  EXPECT_TRUE(until([&] { return redis_.command({"GET", "product:2"}) == "desk"; })) << told();
}

TEST_F(Detectors, AKillForgetsNothingOfWhatTheySaw) {
  push(30);
  configure("{threshold: {above: 20, clear: 5}}",
            "  interval: 200ms\n  gates: {pauseWhen: [{signal: backlog, detected: true}]}\n");
  daemon_.start();
  ASSERT_TRUE(detects("firing")) << told();
  daemon_.kill_now();
  // Ten alone would never fire.
  jobs_.command({"LTRIM", "jobs", "0", "9"});
  daemon_.start();
  ASSERT_TRUE(until([&] { return signal().value("value", "") == "10"; })) << told();
  EXPECT_TRUE(detects("firing")) << told();
  EXPECT_EQ(redis_.command({"EXISTS", "product:1"}), "0");
}

TEST_F(Detectors, WakeAReconcilerLongBeforeItsInterval) {
  configure("{threshold: {above: 20}}",
            "  interval: 1h\n  gates: {cooldown: 10ms}\n  wake: {signals: backlog}\n");
  daemon_.start();
  ASSERT_TRUE(detects("clear")) << told();
  ASSERT_TRUE(until([&] { return status() == "in_sync"; })) << told();
  redis_.command({"SET", "product:1", "damaged"});
  push(30);
  EXPECT_TRUE(until([&] { return redis_.command({"GET", "product:1"}) == "lamp"; })) << told();
}

TEST_F(Detectors, OneWithoutAnyReadingDoesNotKnow) {
  configure("{anomaly: {}}",
            "  interval: 200ms\n  gates: {pauseWhen: [{signal: backlog, detected: true}]}\n");
  daemon_.start();
  ASSERT_TRUE(until([&] { return status() == "held"; })) << told();
  EXPECT_TRUE(until([&] {
    const std::string why = daemon_.cli({"explain", "products"}).out;
    return why.find("does not know: tooFewPoints") != std::string::npos;
  })) << told();
  EXPECT_EQ(redis_.command({"EXISTS", "product:1"}), "0");
}

// One node feeds the detector; the other takes its answer, and goes on from there when it is gone.
TEST_F(Detectors, OfTwoNodesBothSayTheSameAndTheSecondGoesOn) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  TwoNodes nodes(server->new_database(), "2s");
  const std::string text =
      documents("{threshold: {above: 20, clear: 5}}",
                "  interval: 200ms\n  gates: {pauseWhen: [{signal: backlog, detected: true}]}\n");
  nodes.a.configure(text);
  nodes.b.configure(text);
  push(30);
  nodes.start();
  ASSERT_TRUE(detects(nodes.a, "firing")) << nodes.a.log();
  ASSERT_TRUE(detects(nodes.b, "firing")) << nodes.b.log();
  nodes.a.kill_now();
  jobs_.command({"LTRIM", "jobs", "0", "9"});
  ASSERT_TRUE(until([&] {
    const Json found = signal_of(nodes.b);
    return found.at("detector").at("why") == "holding: value=10, above=20, clear=5";
  })) << signal_of(nodes.b).dump(1)
      << nodes.b.log();
  EXPECT_TRUE(detects(nodes.b, "firing")) << "ten alone would never fire";
  jobs_.command({"DEL", "jobs"});
  EXPECT_TRUE(until([&] {
    return redis_.command({"GET", "product:2"}) == "desk";
  })) << nodes.b.log();
}

}  // namespace
}  // namespace sideband::e2e
