// Two writers of one key of a real Redis, of which one is the daemon: it gives way after the third
// time, says so, and repairs it again when a person asks for that.
#include <gmock/gmock.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

class Flapping : public testing::Test {
 protected:
  Flapping() : redis_(cache_.socket()), shop_(daemon_.path("shop.db")) {
    shop_.run("create table product(id integer primary key, name text)");
    shop_.run("insert into product values (1, 'lamp'), (2, 'desk')");
    daemon_.configure(
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        target("cache", "redis", "socket: " + cache_.socket()) +
        reconciler("products",
                   "  mode: auto\n  interval: 100ms\n  gates: {cooldown: 10ms}\n"
                   // One that is written over while it is validated waits for so long.
                   "  validate: {within: 1s}\n"
                   "  desired: {target: shop, query: \"select id, name from product\", key: id}\n"
                   "  actual: {target: cache, key: \"product:{id}\", value: \"{name}\"}\n"));
    daemon_.start();
  }
  // The other writer: writes its value each time that ours is there and no repair is at work.
  void write_over() {
    if (!daemon_.repairs("products", true).empty()) return;
    if (redis_.command({"GET", "product:1"}) == "lamp") {
      redis_.command({"SET", "product:1", "theirs"});
    }
  }
  std::string status() { return daemon_.get("/api/v1/reconcilers/products").value("status", ""); }
  Json drift() {
    const Json all = daemon_.get("/api/v1/reconcilers/products/drifts?key=1");
    return all.at("items").empty() ? Json() : all.at("items").at(0);
  }
  bool left_alone() {
    return until([&] {
      write_over();
      return status() == "flapping";
    });
  }
  std::string told() { return drift().dump(1) + daemon_.log(); }

  Daemon daemon_;
  RedisServer cache_;
  RedisClient redis_;
  SqliteClient shop_;
};

TEST_F(Flapping, OfTwoWritersOursGivesWayAndSaysSo) {
  ASSERT_TRUE(left_alone()) << told();
  EXPECT_EQ(drift().at("state"), "left_alone") << told();
  EXPECT_EQ(drift().at("takenBack"), 3);
  const std::string why = daemon_.cli({"explain", "products/1"}).out;
  EXPECT_THAT(why, HasSubstr("its repairs were taken back 3 times while the same was wanted"));
  // Another resource is repaired, long after which the first one is still theirs.
  redis_.command({"SET", "product:2", "damaged"});
  EXPECT_TRUE(until([&] { return redis_.command({"GET", "product:2"}) == "desk"; })) << told();
  EXPECT_EQ(redis_.command({"GET", "product:1"}), "theirs");
  daemon_.kill_now();
  daemon_.start();
  redis_.command({"SET", "product:2", "damaged"});
  EXPECT_TRUE(until([&] { return redis_.command({"GET", "product:2"}) == "desk"; })) << told();
  EXPECT_EQ(redis_.command({"GET", "product:1"}), "theirs") << "a kill forgot it";
}

TEST_F(Flapping, AnotherWishIsANewMatter) {
  ASSERT_TRUE(left_alone()) << told();
  shop_.run("update product set name = 'big lamp' where id = 1");
  EXPECT_TRUE(until([&] { return redis_.command({"GET", "product:1"}) == "big lamp"; })) << told();
}

TEST_F(Flapping, APersonMayRepairItAllTheSame) {
  ASSERT_TRUE(left_alone()) << told();
  const Finished asked = daemon_.cli({"apply", "products", "--key", "1"});
  EXPECT_THAT(asked.out, HasSubstr("1: left_alone"));
  EXPECT_EQ(redis_.command({"GET", "product:1"}), "theirs") << "a dry run did it";
  const Finished applied = daemon_.cli({"apply", "products", "--key", "1", "--yes"});
  EXPECT_EQ(applied.code, 0) << applied.out << applied.err;
  EXPECT_EQ(redis_.command({"GET", "product:1"}), "lamp") << told();
}

}  // namespace
}  // namespace sideband::e2e
