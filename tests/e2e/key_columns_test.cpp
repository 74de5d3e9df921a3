// Keys of several columns from the outside: plans, repairs of all and of some keys, undo.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/daemon.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

class KeyColumns : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server starts here";
    database_ = server_->create_database();
    db_ = std::make_unique<PostgresClient>(server_->connection_string(database_));
    db_->run(
        "create table want(tenant text, n int, amount int, primary key (tenant, n));"
        "create table have(n int, tenant text, amount int, unique (n, tenant));"
        "insert into want values ('acme', 1, 10), ('a,b', 2, 20), ('50%', -3, 30);"
        "insert into have select n, tenant, amount from want;"
        "create table sideband_fence(scope text primary key, token bigint not null)");
  }
  [[nodiscard]] std::string shop() const {
    return target("shop", "postgres",
                  "host: " + server_->folder() + ", port: " + server_->port() +
                      ", dbname: " + database_ + ", user: sideband");
  }
  void start(const std::string& actual, const std::string& more = "") {
    daemon_.configure(
        shop() + target("cache", "redis", "socket: " + cache_.socket()) +
        target("copy", "sqlite", "path: " + daemon_.path("copy.db")) +
        reconciler(
            "prices",
            "  mode: auto\n  interval: 1h\n" + more +
                "  gates: {maxChanges: {count: 100, window: 1h}, maxDeletes: {count: 9, window: "
                "1h}}\n"
                "  desired: {target: shop, table: want, key: [tenant, n]}\n"
                "  actual: " +
                actual + "\n"));
    daemon_.start();
  }
  std::string have(const std::string& where) {
    return db_->one("select coalesce(sum(amount), -1) from have where " + where);
  }

  PostgresServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<PostgresClient> db_;
  RedisServer cache_;
  RedisClient redis_{cache_.socket()};
  Daemon daemon_;
};

TEST_F(KeyColumns, K4_5_OneTableIsMadeLikeAnother) {
  start("{target: shop, table: have, key: [tenant, n], fence: sideband_fence}");
  ASSERT_TRUE(until([&] { return daemon_.cli({"diff", "prices"}).code == 0; })) << daemon_.log();
  db_->run(
      "update have set amount = 21 where n = 2; delete from have where n = 1;"
      "insert into have values (9, 'extra', 1)");
  const Finished plan = daemon_.cli({"plan", "prices"});
  for (const char* key : {"a%2Cb,2", "acme,1"}) EXPECT_THAT(plan.out, HasSubstr(key)) << plan.err;
  const Finished scanned = daemon_.cli({"scan-now", "prices"});
  ASSERT_TRUE(until([&] { return have("n = 2") == "20" && have("n = 1") == "10"; }))
      << scanned.out << scanned.err << daemon_.log();
  EXPECT_EQ(have("n = 9"), "1") << "nobody said prune";
}

TEST_F(KeyColumns, K4_5_ARepairIsTakenBack) {
  start("{target: shop, table: have, key: [tenant, n], fence: sideband_fence}");
  ASSERT_TRUE(until([&] { return daemon_.cli({"diff", "prices"}).code == 0; })) << daemon_.log();
  db_->run("update have set amount = 31 where n = -3");
  daemon_.cli({"scan-now", "prices"});
  ASSERT_TRUE(until([&] {
    const Json all = daemon_.repairs("prices");
    return !all.empty() && all.at(0)["state"] == "converged";
  })) << daemon_.log();
  const std::string id = daemon_.repairs("prices").at(0)["id"];
  daemon_.cli({"pause", "prices", "--reason", "looking"});
  const Finished undone = daemon_.cli({"undo", id, "--yes", "--wait", "30s"});
  EXPECT_TRUE(until([&] { return have("n = -3") == "31"; }))
      << undone.out << undone.err << daemon_.log();
}

TEST_F(KeyColumns, K4_5_ATemplateHasAPlaceholderForEach) {
  db_->run("insert into want values ('x,y', 4, 40)");
  redis_.command({"SET", "price:x,y/4", "40"});
  redis_.command({"SET", "price:acme/1", "11"});
  redis_.command({"SET", "price:gone/7", "1"});
  redis_.command({"SET", "price:gone/x", "1"});
  start("{target: cache, key: \"price:{tenant}/{n}\", value: \"{amount}\", sweep: 1h}",
        "  repair: {prune: true}\n");
  EXPECT_TRUE(until([&] {
    return redis_.command({"GET", "price:acme/1"}) == "10" &&
           redis_.command({"GET", "price:a,b/2"}) == "20" &&
           redis_.command({"GET", "price:50%/-3"}) == "30";
  })) << daemon_.log();
  const std::string file = daemon_.path("plan.json");
  const Finished plan = daemon_.cli({"plan", "prices", "--out", file});
  EXPECT_THAT(plan.out, HasSubstr("  - gone,7\n"));
  const Finished applied = daemon_.cli({"apply", file, "--yes", "--wait", "20s"});
  const auto is_gone = [&] { return redis_.command({"EXISTS", "price:gone/7"}) == "0"; };
  EXPECT_TRUE(until(is_gone)) << applied.out << applied.err;
  EXPECT_EQ(redis_.command({"EXISTS", "price:gone/x"}), "1") << "no number ends so";
  redis_.command({"SET", "price:x,y/4", "wrong"});
  const HttpAnswer woken =
      daemon_.call("POST", "/api/v1/repairs", R"({"reconciler":"prices","keys":["x%2Cy,4"]})");
  EXPECT_TRUE(until([&] {
    return redis_.command({"GET", "price:x,y/4"}) == "40";
  })) << woken.body
      << daemon_.log();
}

TEST_F(KeyColumns, K4_5_ATableOfAnotherDriverHasTheSameKeys) {
  SqliteClient copy(daemon_.path("copy.db"));
  copy.run("create table have(sku integer, shop text, amount integer, primary key (shop, sku))");
  copy.run("insert into have values(1, 'acme', 10), (2, 'a,b', 5)");
  start(
      "{target: copy, table: have, key: [shop, sku], keyType: [bytes, int64], "
      "fields: {amount: \"{amount}\"}}");
  EXPECT_TRUE(until([&] {
    return copy.list("select shop || ' ' || sku || ' ' || amount from have order by sku") ==
           std::vector<std::string>{"50% -3 30", "acme 1 10", "a,b 2 20"};
  })) << daemon_.log();
}

}  // namespace
}  // namespace sideband::e2e
