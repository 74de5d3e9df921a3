// Extras of Redis, which has no order: what looks for them, holds them and deletes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

class Extras : public testing::Test {
 protected:
  // Ten rows and their ten keys, and two keys more. `actual`: lines of the actual side.
  void start(const std::string& actual) {
    SqliteClient catalogue(daemon_.path("catalogue.db"));
    catalogue.run("create table product(id integer primary key, name text)");
    for (int i = 1; i <= 10; ++i) {
      catalogue.run("insert into product values(" + std::to_string(i) + ", 'lamp')");
    }
    for (int i = 1; i <= 12; ++i) {
      redis_.command({"SET", "product:" + std::to_string(i), "lamp"});
    }
    daemon_.configure(
        target("catalogue", "sqlite", "path: " + daemon_.path("catalogue.db")) +
        target("cache", "redis", "socket: " + server_.socket()) +
        reconciler("prices",
                   "  mode: auto\n  interval: 1h\n  repair: {prune: true}\n"
                   "  gates: {maxDeletes: {count: 1, window: 1h}}\n"
                   "  desired: {target: catalogue, query: \"select id, name from product\", key: "
                   "id}\n  actual: {target: cache, key: \"product:{id}\", value: \"{name}\"" +
                       actual + "}\n"));
    daemon_.start();
  }
  Finished offline(const std::string& verb) { return daemon_.cli({verb, "prices"}); }

  RedisServer server_;
  RedisClient redis_{server_.socket()};
  Daemon daemon_;
};

TEST_F(Extras, K2_7_AreShownByPlanAndDiffAndFoundByApply) {
  start(", sweep: 1h");
  daemon_.token("second");
  for (const char* verb : {"plan", "diff"}) {
    const Finished shown = offline(verb);
    EXPECT_THAT(shown.out, HasSubstr("  - 11\n")) << verb << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("  - 12\n")) << verb;
  }
  const std::string file = daemon_.path("plan.json");
  daemon_.cli({"plan", "prices", "--out", file});
  const Finished applied =
      daemon_.cli({"apply", file, "--yes", "--release", "maxDeletes", "--wait", "0s"});
  EXPECT_THAT(applied.out, HasSubstr("awaiting_approval")) << applied.err;
  const Json repairs = daemon_.repairs("prices");
  ASSERT_EQ(repairs.size(), 1U) << daemon_.log();
  const Finished approved = daemon_.cli({"approve", repairs[0]["id"], "--wait", "20s"}, "second");
  EXPECT_EQ(approved.code, 0) << approved.err;
  EXPECT_EQ(redis_.command({"EXISTS", "product:11", "product:12"}), "0");
  EXPECT_EQ(redis_.command({"EXISTS", "product:1", "product:10"}), "2");
}

TEST_F(Extras, WhereNobodySweepsThePlanSaysSo) {
  start("");
  const Finished shown = offline("plan");
  EXPECT_THAT(shown.out, HasSubstr("extra items were not looked for: actual.sweep is never"));
  EXPECT_THAT(shown.out, Not(HasSubstr("  - 11\n")));
}

}  // namespace
}  // namespace sideband::e2e
