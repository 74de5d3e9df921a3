// A circuit breaker of a real target that refuses writes: it opens, says why and until when, stays
// open through a kill, lets one probe through, and is closed by a person or by itself.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class CircuitBreaker : public testing::Test {
 protected:
  CircuitBreaker() : redis_(server_.socket()), shop_(daemon_.path("shop.db")) {
    daemon_.token("kim");
    shop_.run("create table product(id integer primary key, name text)");
  }
  void start(const std::string& breaker) {
    daemon_.configure(
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        target("cache", "redis", "socket: " + server_.socket()) +
        reconciler("products",
                   "  mode: auto\n  interval: 100ms\n  gates: {cooldown: 10ms, circuitBreaker: {" +
                       breaker +
                       "}}\n"
                       "  desired: {target: shop, query: \"select id, name from product\", key: "
                       "id}\n"
                       "  actual: {target: cache, key: \"product:{id}\", value: \"{name}\"}\n"));
    daemon_.start();
  }
  void refuse_writes() { redis_.command({"ACL", "SETUSER", "default", "-@write"}); }
  void take_writes() { redis_.command({"ACL", "SETUSER", "default", "+@write"}); }
  std::string add() {
    const std::string id = std::to_string(++last_);
    shop_.run(fmt::format("insert into product values({}, 'lamp')", id));
    return "product:" + id;
  }
  bool has(const std::string& key) { return redis_.command({"GET", key}) == "lamp"; }
  Json shown() { return daemon_.get("/api/v1/reconcilers/products"); }
  Json breaker() { return shown().value("circuitBreaker", Json::object()); }
  std::size_t ended(const std::string& state) {
    const Json repairs = daemon_.repairs("products");
    return static_cast<std::size_t>(std::count_if(
        repairs.begin(), repairs.end(), [&](const Json& one) { return one.at("state") == state; }));
  }
  // A resource of its own for each, because what failed rests.
  void fail(std::size_t times) {
    const std::size_t before = ended("needs_human");
    for (std::size_t i = 1; i <= times; ++i) {
      add();
      ASSERT_TRUE(until([&] { return ended("needs_human") == before + i; })) << told();
    }
  }
  std::string told() { return shown().dump(1) + daemon_.repairs().dump(1) + daemon_.log(); }
  bool held() { return shown().value("status", "") == "held"; }

  Daemon daemon_;
  RedisServer server_;
  RedisClient redis_;
  SqliteClient shop_;
  int last_ = 0;
};

TEST_F(CircuitBreaker, OpensIsKilledStaysOpenAndAPersonClosesIt) {
  refuse_writes();
  start("failures: 2, of: 3, open: 1h");
  fail(2);
  EXPECT_EQ(breaker().at("state"), "open") << told();
  const std::string since = breaker().at("openedAt");
  take_writes();
  const std::string key = add();
  ASSERT_TRUE(until([&] { return held(); })) << told();
  EXPECT_THAT(shown().dump(), HasSubstr("circuitBreaker: open since " + since +
                                        ": 2 of the last 2 repair(s) failed"));
  for (const char* const verb : {"describe", "explain"}) {
    EXPECT_THAT(daemon_.cli({verb, "products"}).out, HasSubstr("2 of the last 2 repair(s) failed"));
  }
  EXPECT_THAT(daemon_.cli({"describe", "products"}).out,
              ContainsRegex("circuit breaker +open since " + since + ", one repair may try from "));
  EXPECT_THAT(daemon_.cli({"describe", "products"}).out,
              ContainsRegex("gates.circuitBreaker +2 of 3, open 1h, probe 10"));

  daemon_.kill_now();
  daemon_.start();
  ASSERT_TRUE(until([&] { return held() && !shown().value("lookedAt", "").empty(); })) << told();
  EXPECT_EQ(breaker().at("openedAt"), since);
  EXPECT_FALSE(has(key));
  EXPECT_TRUE(daemon_.repairs("products", true).empty());
  ASSERT_TRUE(until([&] {
    return daemon_.call("GET", "/metrics").body.find("sideband_breaker_state{") !=
           std::string::npos;
  }));
  EXPECT_THAT(daemon_.call("GET", "/metrics").body,
              ContainsRegex("sideband_breaker_state\\{[^}]*state=\"open\"[^}]*\\} 1\n"));

  EXPECT_NE(daemon_.cli({"resume", "products", "--close-breaker"}).code, 0) << "no reason";
  EXPECT_NE(daemon_.cli({"resume", "--owner", "team", "--close-breaker", "--reason", "r"}).code, 0);
  EXPECT_FALSE(has(key));
  const Finished closed = daemon_.cli(
      {"resume", "products", "--close-breaker", "--reason", "the grant is back"}, "kim");
  EXPECT_EQ(closed.code, 0) << closed.err;
  EXPECT_THAT(closed.out, HasSubstr("the circuit breaker of products is closed"));
  EXPECT_TRUE(until([&] { return has(key); })) << told();
  EXPECT_EQ(breaker().at("state"), "closed");
  const Finished again =
      daemon_.cli({"resume", "products", "--close-breaker", "--reason", "again"});
  EXPECT_NE(again.code, 0);
  EXPECT_THAT(again.err, HasSubstr("the circuit breaker of products is closed"));
  const std::string folder = daemon_.path("audit");
  ASSERT_EQ(daemon_.cli({"audit", "export", folder}).code, 0);
  EXPECT_EQ(daemon_.cli({"audit", "verify", folder, "--key", daemon_.public_key()}).code, 0);
}

TEST_F(CircuitBreaker, TriesByItselfWaitsLongerAndCloses) {
  refuse_writes();
  start("failures: 2, open: 1s");
  fail(2);
  add();  // the probe, which fails
  ASSERT_TRUE(until([&] { return breaker().value("failedProbes", 0) == 1; })) << told();
  EXPECT_EQ(ended("needs_human"), 3U);
  take_writes();
  const std::string key = add();
  EXPECT_TRUE(until([&] { return has(key) && breaker().value("state", "") == "closed"; }))
      << told();
  EXPECT_EQ(ended("needs_human"), 3U);
}

}  // namespace
}  // namespace sideband::e2e
