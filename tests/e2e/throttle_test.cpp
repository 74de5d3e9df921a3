// Repairs that slow down while a real Redis is slow, and say why.
#include <gmock/gmock.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

class ThrottleByLatency : public testing::Test {
 protected:
  ThrottleByLatency() : redis_(cache_.socket()), shop_(daemon_.path("shop.db")) {
    shop_.run("create table product(id integer primary key, name text)");
    shop_.run(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 400) insert into "
        "product select i, 'name ' || i from n");
    daemon_.configure(
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        target("cache", "redis", "socket: " + cache_.socket()) +
        "---\napiVersion: resolved.sideband/v1\nkind: Signal\nmetadata: {name: latency}\n"
        "spec: {target: cache, redis: {latency: true}, interval: 100ms, maxAge: 5s}\n" +
        reconciler("products",
                   "  mode: auto\n  interval: 200ms\n"
                   "  gates: {cooldown: 10ms, rateLimit: {maxPerSecond: 200, burst: 20}, "
                   "throttle: [{signal: latency, above: 50ms, least: 2}]}\n"
                   "  desired: {target: shop, query: \"select id, name from product\", key: id}\n"
                   "  actual: {target: cache, key: \"product:{id}\", value: \"{name}\"}\n"));
  }
  int filled() { return static_cast<int>(redis_.list({"KEYS", "product:*"}).size()); }
  Json shown() { return daemon_.get("/api/v1/reconcilers/products"); }
  std::string throttled() { return shown().value("throttled", ""); }

  Daemon daemon_;
  RedisServer cache_;
  RedisClient redis_;
  SqliteClient shop_;
};

TEST_F(ThrottleByLatency, ItSlowsDownSaysWhyAndComesBack) {
  daemon_.start();
  ASSERT_TRUE(until([&] { return filled() >= 20; })) << daemon_.log();
  // Redis lets everybody wait for 120 ms, again and again, until the rate is at its least.
  ASSERT_TRUE(until([&] {
    redis_.command({"CLIENT", "PAUSE", "120", "ALL"});
    return throttled().starts_with("2 of 200 changes a second since ");
  })) << shown().dump(1)
      << daemon_.log();
  EXPECT_THAT(throttled(), testing::ContainsRegex("signal latency is [0-9a-z.]+, above 50ms"));
  EXPECT_THAT(daemon_.cli({"describe", "products"}).out, HasSubstr("throttled"));
  EXPECT_THAT(daemon_.cli({"explain", "products"}).out, HasSubstr("changes a second since"));
  EXPECT_THAT(daemon_.call("GET", "/metrics").body,
              HasSubstr("sideband_throttle_changes_per_second"));
  EXPECT_LT(filled(), 400) << "it was done before it could be slow";
  EXPECT_TRUE(until([&] { return filled() == 400 && throttled().empty(); })) << shown().dump(1);
}

}  // namespace
}  // namespace sideband::e2e
