// PostgreSQL as both sides and as the source of a cache, with the daemon itself in between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/daemon.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

class PostgresTargets : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    source_ = server_->create_database();
    copy_ = server_->create_database();
    shop().run(
        "create table prices(id int primary key, amount numeric(9,2), note text);"
        "insert into prices select g, g + 0.50, 'n' || g from generate_series(1, 50) g");
  }
  PostgresClient shop() { return PostgresClient(server_->connection_string(source_)); }
  PostgresClient copy() { return PostgresClient(server_->connection_string(copy_)); }
  std::string database(const std::string& name, const std::string& database,
                       const std::string& user = "sideband") {
    return target(name, "postgres",
                  "host: " + server_->folder() + ", port: " + server_->port() +
                      ", dbname: " + database + ", user: " + user);
  }
  static std::string rows_of(PostgresClient client) {
    return client.one(
        "select string_agg(id || ':' || amount || ':' || note, ' ' order by id) from prices");
  }

  PostgresServer* server_ = nullptr;
  std::string source_, copy_;
  Daemon daemon_;
};

// Changed, missing and extra rows; the columns have other types on the other side.
TEST_F(PostgresTargets, ATableIsMadeLikeAnother) {
  copy().run(
      "create table prices(id bigint primary key, amount text, note varchar(20), kept int);"
      "create table sideband_fence(scope text primary key, token bigint not null);"
      "insert into prices select g, case g when 7 then '0.00' else (g + 0.50)::numeric(9,2)::text "
      "end, 'n' || g, g from generate_series(1, 48) g; insert into prices values (99, '1', 'x', "
      "5)");
  daemon_.configure(
      database("shop", source_) + database("copy", copy_) +
      reconciler(
          "prices",
          "  mode: auto\n  interval: 300ms\n"
          "  desired: {target: shop, query: \"select id, amount, note from prices\", key: id}\n"
          "  actual: {target: copy, table: prices, key: id, columns: [amount, note], fence: "
          "sideband_fence}\n"
          "  repair: {prune: true}\n"));
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  EXPECT_TRUE(until([&] { return rows_of(copy()) == rows_of(shop()); })) << daemon_.log();
  EXPECT_TRUE(until([&] { return daemon_.repairs("", true) == Json::array(); }));
  const Json repairs = daemon_.repairs("prices");
  ASSERT_FALSE(repairs.empty());
  for (const Json& repair : repairs) EXPECT_EQ(repair["state"], "converged") << repair.dump(1);
  EXPECT_EQ(copy().one("select kept from prices where id = 7"), "7") << "not one of our columns";
  EXPECT_NE(copy().one("select token from sideband_fence where scope = 'public.prices'"), "(none)");
  EXPECT_EQ(daemon_.cli({"diff", "prices"}).code, 0);
}

// What a target says may repeat its values: they stay with the repair, for who looks at it.
TEST_F(PostgresTargets, K10_2_ValuesInMessagesStayOutOfLogAndAudit) {
  const std::string table = "create table cards(id int primary key, name text, number ";
  shop().run(table +
             "text); insert into cards values (1, 'CARD-4222', '7'),"
             " (2, 'b', 'CARD-4222'), (3, 'CARD-4222', '9')");
  copy().run(table +
             "int); insert into cards values (1, 'a', 7), (2, 'b', 8), (3, 'c', 9);"
             "create function no() returns trigger language plpgsql as $$ begin"
             " if new.id = 3 then perform new.name::int; end if;"
             " raise exception '% is blocked', new.name; end $$;"
             "create trigger no before update on cards for each row execute function no()");
  daemon_.configure(database("shop", source_) + database("copy", copy_) +
                    reconciler("cards",
                               "  mode: auto\n  interval: 1h\n"
                               "  desired: {target: shop, table: cards, key: id}\n"
                               "  actual: {target: copy, table: cards, key: id}\n"));
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  const auto failed = [&] {
    const Json repairs = daemon_.repairs("cards");
    return !repairs.empty() && repairs[0]["failed"] == 2;
  };
  ASSERT_TRUE(until(failed)) << daemon_.log();
  const std::string id = daemon_.repairs("cards")[0]["id"];
  const std::string described = daemon_.cli({"describe", id}).out;
  EXPECT_THAT(described, testing::HasSubstr("CARD-4222 is blocked"));
  EXPECT_THAT(described, testing::HasSubstr("type integer: ...: \\\"CARD-4222\\\""));
  EXPECT_THAT(described, testing::HasSubstr("SQLSTATE P0001"));
  EXPECT_EQ(daemon_.get("/api/v1/reconcilers/cards").value("firstUnknown", ""),
            "2: desired: column 'number' (integer) of the actual side cannot hold what is wanted");
  EXPECT_THAT(daemon_.log(), testing::Not(testing::HasSubstr("CARD-4222")));
  SqliteClient store(daemon_.path("state/sideband.db"));
  EXPECT_EQ(store.list("select count(*) from leaves where instr(record, 'CARD-4222')").at(0), "0");
  EXPECT_NE(store.list("select count(*) from leaves where instr(record, 'outcome')").at(0), "0");
}

// Columns come and change while it runs: nobody has to tell it.
TEST_F(PostgresTargets, K11_7_ColumnsThatComeOrChangeAreComparedToo) {
  const std::string table = "create table stock(id int primary key, pieces int)";
  const auto on_both = [&](const std::string& sql) {
    copy().run(sql);
    shop().run(sql);
  };
  on_both(table + "; insert into stock select g, g from generate_series(1, 20) g");
  daemon_.configure(database("shop", source_) + database("copy", copy_) +
                    reconciler("stock",
                               "  mode: auto\n  interval: 200ms\n  gates: {cooldown: 10ms}\n"
                               "  desired: {target: shop, table: stock, key: id}\n"
                               "  actual: {target: copy, table: stock, key: id}\n"));
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  const auto in_sync = [&] {
    return daemon_.get("/api/v1/reconcilers/stock").value("status", "") == "in_sync";
  };
  ASSERT_TRUE(until(in_sync)) << daemon_.log();
  on_both("alter table stock add shelf text");
  shop().run("update stock set shelf = 'A' || id");
  EXPECT_TRUE(until([&] { return copy().one("select shelf from stock where id = 7") == "A7"; }))
      << daemon_.log();
  on_both("alter table stock alter pieces type bigint");
  shop().run("update stock set pieces = 5000000000 where id = 3");
  EXPECT_TRUE(until([&] {
    return copy().one("select pieces from stock where id = 3") == "5000000000";
  })) << daemon_.log();
  EXPECT_TRUE(until(in_sync));
  EXPECT_THAT(
      daemon_.call("GET", "/metrics").body,
      testing::ContainsRegex("sideband_sides_reopened_total\\{[^\n]*\"stock\"[^\n]*\\} [2-9]"));
}

// With an interval of an hour only the notification wakes it; a row that nobody spoke of stays as
// it is, so it was the key that was looked at and not everything.
TEST_F(PostgresTargets, NotificationsWakeACacheRepairForTheirKeyAlone) {
  RedisServer server;
  RedisClient redis(server.socket());
  const std::string readme = slurp(SIDEBAND_SOURCE_DIR "/src/drivers/postgres/README.md");
  const std::size_t start = readme.find("CREATE FUNCTION");
  shop().run(readme.substr(start, readme.find("```", start) - start));
  daemon_.configure(
      database("shop", source_) + target("cache", "redis", "socket: " + server.socket()) +
      reconciler("prices",
                 "  mode: auto\n  interval: 1h\n  gates: {cooldown: 0s}\n  wake: {targets: shop}\n"
                 "  desired: {target: shop, query: \"select id, amount from prices\", key: id, "
                 "listen: prices_changed}\n"
                 "  actual: {target: cache, key: \"price:{id}\", value: \"{amount}\"}\n"));
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  const auto price = [&](const char* id) {
    return redis.command({"GET", std::string("price:") + id});
  };
  ASSERT_TRUE(until([&] { return price("50") == "50.50"; })) << daemon_.log();
  // The scan that follows the start of a feed is over once the feed has repaired something.
  shop().run("update prices set amount = 66 where id = 6");
  ASSERT_TRUE(until([&] { return price("6") == "66.00"; })) << daemon_.log();
  ASSERT_TRUE(until([&] { return daemon_.repairs("", true) == Json::array(); }));
  redis.command({"SET", "price:8", "wrong"});
  shop().run("update prices set amount = 99 where id = 7");
  EXPECT_TRUE(until([&] { return price("7") == "99.00"; })) << daemon_.log();
  EXPECT_EQ(price("8"), "wrong");
  shop().run("notify prices_changed");
  EXPECT_TRUE(until([&] { return price("8") == "8.50"; })) << "an empty one means everything";
}

// What happens while nobody listens is found by the scan that follows.
TEST_F(PostgresTargets, ARestartOfTheServerIsGotOver) {
  RedisServer server;
  RedisClient redis(server.socket());
  daemon_.configure(
      database("shop", source_) + target("cache", "redis", "socket: " + server.socket()) +
      reconciler("prices",
                 "  mode: auto\n  interval: 1h\n  gates: {cooldown: 0s}\n  wake: {targets: shop}\n"
                 "  desired: {target: shop, table: prices, columns: [amount], key: id, "
                 "listen: prices_changed}\n"
                 "  actual: {target: cache, key: \"price:{id}\", value: \"{amount}\"}\n"));
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  ASSERT_TRUE(until([&] { return redis.command({"GET", "price:50"}) == "50.50"; }));
  shop().run("update prices set amount = 11 where id = 3");
  server_->restart();
  EXPECT_TRUE(until([&] { return redis.command({"GET", "price:3"}) == "11.00"; })) << daemon_.log();
}

TEST_F(PostgresTargets, AMissingGrantWaitsForAPersonAndIsNamed) {
  copy().run(
      "create table prices(id int primary key, amount numeric(9,2), note text);"
      "create role reader_" +
      copy_ + " login; grant select on prices to reader_" + copy_);
  daemon_.configure(
      database("shop", source_) + database("copy", copy_, "reader_" + copy_) +
      reconciler("prices",
                 "  mode: auto\n  interval: 300ms\n"
                 "  desired: {target: shop, table: prices, columns: [amount, note], key: id}\n"
                 "  actual: {target: copy, table: prices, columns: [amount, note], key: id}\n"));
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  ASSERT_TRUE(until([&] {
    const Json repairs = daemon_.repairs("prices");
    return !repairs.empty() && repairs[0]["state"] == "needs_human";
  })) << daemon_.log();
  const Json repair = daemon_.repairs("prices")[0];
  EXPECT_NE(repair.dump().find("GRANT SELECT, INSERT ON prices TO reader_" + copy_),
            std::string::npos)
      << repair.dump(1);
  EXPECT_EQ(copy().one("select count(*) from prices"), "0");
}

TEST_F(PostgresTargets, SqliteAndPostgresCopyEachOther) {
  SqliteClient local(daemon_.path("local.db"));
  local.run("create table prices(id integer primary key, amount text, note text)");
  copy().run("create table prices(id int primary key, amount numeric(9,2), note text)");
  daemon_.configure(
      database("shop", source_) + database("copy", copy_) +
      target("local", "sqlite", "path: " + daemon_.path("local.db")) +
      reconciler("down",
                 "  mode: auto\n  interval: 300ms\n"
                 "  desired: {target: shop, table: prices, columns: [amount, note], key: id}\n"
                 "  actual: {target: local, table: prices, columns: [amount, note], key: id}\n") +
      reconciler("up",
                 "  mode: auto\n  interval: 300ms\n"
                 "  desired: {target: local, table: prices, columns: [amount, note], key: id}\n"
                 "  actual: {target: copy, table: prices, columns: [amount, note], key: id}\n"));
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  EXPECT_TRUE(until([&] { return rows_of(copy()) == rows_of(shop()); })) << daemon_.log();
  EXPECT_EQ(local.list("select amount from prices where id = 7"), std::vector<std::string>{"7.50"});
}

}  // namespace
}  // namespace sideband::e2e
