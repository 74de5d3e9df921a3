// Two reconcilers, or two repairs, on one resource: refused when loaded, or one after the other.
#include <gtest/gtest.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

// A reconciler of hashes "product:{id}" for one field.
std::string of_field(const std::string& name, const std::string& field,
                     const std::string& interval = "300ms") {
  return reconciler(name,
                    "  mode: auto\n  interval: " + interval +
                        "\n"
                        "  desired: {target: catalogue, query: \"select id, name, price from "
                        "products\", key: id}\n"
                        "  actual: {target: cache, key: \"product:{id}\", type: hash, fields: {" +
                        field + ": \"{" + field + "}\"}}\n");
}

class TwoReconcilers : public testing::Test {
 protected:
  TwoReconcilers() : redis_(server_.socket()) {
    SqliteClient db(daemon_.path("catalogue.db"));
    db.run("create table products(id integer primary key, name text, price text)");
    for (int i = 1; i <= 5; ++i) {
      db.run("insert into products values(" + std::to_string(i) + ", 'lamp', '20')");
      redis_.command({"HSET", "product:" + std::to_string(i), "name", "x", "price", "1"});
    }
  }
  void configure(const std::string& first_field, const std::string& second_field) {
    daemon_.configure(target("catalogue", "sqlite", "path: " + daemon_.path("catalogue.db")) +
                      target("cache", "redis", "socket: " + server_.socket()) +
                      of_field("first", first_field) + of_field("second", second_field));
  }

  RedisServer server_;
  RedisClient redis_;
  Daemon daemon_;
};

TEST_F(TwoReconcilers, K11_11_OverlappingOnesAreALoadErrorThatNamesBothPlaces) {
  configure("price", "price");
  const Finished checked = daemon_.cli({"check"}, "");
  EXPECT_EQ(checked.code, 2);
  const std::string& said = checked.err;
  EXPECT_NE(said.find("can repair the same things on Target \"cache\" as Reconciler \"first\""),
            std::string::npos)
      << said;
  // The place of the error, and the place of the other one.
  const std::size_t one = said.find("all.yaml:");
  ASSERT_NE(one, std::string::npos) << said;
  EXPECT_NE(said.find("all.yaml:", one + 1), std::string::npos) << said;

  daemon_.spawn();
  const auto ended = daemon_.process().wait(std::chrono::seconds(20));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 2);
  EXPECT_EQ(redis_.command({"HGET", "product:1", "price"}), "1") << "nothing was repaired";
}

TEST_F(TwoReconcilers, DisjointFieldsOfOneHashAreRepairedByBoth) {
  configure("name", "price");
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  EXPECT_TRUE(until([&] {
    return redis_.list({"HMGET", "product:5", "name", "price"}) ==
               std::vector<std::string>{"lamp", "20"} &&
           daemon_.repairs("", true) == Json::array();
  })) << daemon_.log();
  for (const char* name : {"first", "second"}) {
    EXPECT_EQ(daemon_.cli({"scan-now", name}).code, 0) << name;
    for (const Json& repair : daemon_.repairs(name)) {
      EXPECT_EQ(repair["state"], "converged") << repair.dump(1);
    }
  }
}

// One reconciler that never looks by itself, three repairs at once through the API: the one inside
// the range of another waits for its end, the one beside it does not.
TEST_F(TwoReconcilers, RepairsOfOverlappingRangesNeverRunAtOnce) {
  for (int i = 1; i <= 5; ++i) {
    redis_.command({"HSET", "product:" + std::to_string(i), "name", "lamp", "price", "20"});
  }
  daemon_.configure(target("catalogue", "sqlite", "path: " + daemon_.path("catalogue.db")) +
                    target("cache", "redis", "socket: " + server_.socket()) +
                    of_field("first", "price", "1h") +
                    "  gates: {concurrency: 4}\n  validate: {settle: 1s}\n");
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  ASSERT_TRUE(until([&] { return daemon_.cli({"scan-now", "first"}).code == 0; }));
  for (const char* key : {"1", "2", "3", "5"}) {
    redis_.command({"HSET", std::string("product:") + key, "price", "1"});
  }
  const auto begin = [&](const std::string& keys) {
    const HttpAnswer answer =
        daemon_.call("POST", "/api/v1/repairs", R"({"reconciler":"first","keys":[)" + keys + "]}");
    EXPECT_EQ(answer.status, 202) << answer.body;
    return Json::parse(answer.body).value("id", "");
  };
  const std::string outer = begin(R"("1","3")");
  const std::string inner = begin(R"("2")");
  const std::string beside = begin(R"("5")");
  EXPECT_TRUE(until([&] { return daemon_.repairs("first", true) == Json::array(); }))
      << daemon_.log();
  const auto of = [&](const std::string& id) { return daemon_.get("/api/v1/repairs/" + id); };
  for (const std::string& id : {outer, inner, beside}) EXPECT_EQ(of(id)["state"], "converged");
  EXPECT_GE(of(inner)["startedAt"], of(outer)["endedAt"]) << "the lock was not respected";
  EXPECT_LT(of(beside)["startedAt"], of(outer)["endedAt"]) << "it waited for nothing";
  EXPECT_EQ(redis_.command({"HGET", "product:2", "price"}), "20");
}

}  // namespace
}  // namespace sideband::e2e
