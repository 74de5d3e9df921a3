// What a target's columns keep of a wanted value is what is compared; what they can never hold is
// refused, and the reason names the column.
#include <gmock/gmock.h>

#include "support/postgres_client.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"
#include "two_sides.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;
using Rows = std::vector<std::string>;

class Kept : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    database_ = server_->create_database();
    db_ = std::make_unique<PostgresClient>(server_->connection_string(database_));
  }
  [[nodiscard]] OneSide table(const std::string& name) const {
    return postgres_side(*server_, database_, {{"table", name}, {"key", "id"}});
  }
  TwoSides open(OneSide want, OneSide have) {
    auto sides = TwoSides::open(registry_, std::move(want), std::move(have));
    EXPECT_TRUE(sides.ok()) << sides.error().message;
    return std::move(*sides);
  }
  TwoSides tables() { return open(table("want"), table("have")); }
  static std::string repaired(const TwoSides& on) {
    return first_failure(on.run(on.look()->changes, StepMode::kForward));
  }

  TempDir dir_;
  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};
  PostgresServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<PostgresClient> db_;
};

TEST_F(Kept, K7_4_ScalePrecisionAndPaddingAreNoDrift) {
  db_->run("create table want(id int primary key, n numeric, t timestamp, c text, j json, b text)");
  db_->run(
      "create table have(id int primary key, n numeric(8,2), t timestamp(0), c char(5), j jsonb, "
      "b boolean)");
  db_->run("insert into want values(1, 1.5, '2026-03-01 12:00:00.4', 'ab ', '{\"a\":1}', 'yes')");
  db_->run("insert into have values(1, 1.50, '2026-03-01 12:00:00', 'ab', '{\"a\":1}', true)");
  const Pass pass = tables().look().value();
  EXPECT_TRUE(pass.changes.empty());
  EXPECT_EQ(pass.unknown, 0) << pass.first_unknown;
  db_->run("update want set n = 1.514, b = 'off'");
  EXPECT_EQ(repaired(tables()), "");
  EXPECT_EQ(db_->one("select n || ' ' || b from have"), "1.51 false");
  EXPECT_TRUE(tables().look()->changes.empty());
}

TEST_F(Kept, K7_4_WhatAColumnCannotHoldIsRefusedByItsName) {
  db_->run("create table want(id int primary key, a text, b text)");
  db_->run("create table have(id int primary key, a varchar(3), b integer)");
  db_->run("insert into want values(1, 'abc', '1'), (2, 'abcd', '1'), (3, 'a', 'true')");
  const Pass pass = tables().look().value();
  EXPECT_EQ(pass.changes.size(), 1U);
  EXPECT_EQ(pass.unknown, 2);
  EXPECT_EQ(pass.first_unknown,
            "2: desired: column 'a' (character varying(3)) of the actual side cannot hold what is "
            "wanted");
  EXPECT_EQ(repaired(tables()), "");
  EXPECT_EQ(db_->list("select id::text || a || b from have"), Rows{"1abc1"});
}

TEST_F(Kept, K7_4_WhatATriggerChangesIsNamed) {
  for (const char* name : {"want", "have"}) {
    db_->run(std::string("create table ") + name + "(id int primary key, a text, b text)");
  }
  db_->run(
      "create function upper_b() returns trigger language plpgsql as "
      "$$ begin new.b = upper(new.b); return new; end $$;"
      "create trigger t before insert or update on have for each row execute function upper_b()");
  db_->run("insert into want values(1, 'x', 'y'), (2, 'x', 'Y')");
  EXPECT_THAT(repaired(tables()), HasSubstr("in column 'b': it is computed there, or a trigger"));
  EXPECT_EQ(db_->list("select id::text from have"), Rows{"2"});
}

TEST_F(Kept, ComputedColumnsThatDifferAreRefused) {
  db_->run("create table want(id int primary key, a int, twice int)");
  db_->run(
      "create table have(id int primary key, a int, twice int generated always as (2 * a) stored)");
  db_->run("insert into want values(1, 5, 10), (2, 5, 11)");
  db_->run("insert into have values(1, 4), (2, 5)");
  const TwoSides on = tables();
  const Pass pass = on.look().value();
  EXPECT_THAT(pass.first_unknown, HasSubstr("2: desired: column 'twice' of the actual side is"));
  EXPECT_EQ(repaired(on), "");
  EXPECT_EQ(db_->list("select twice::text from have"), (Rows{"10", "10"}));
}

TEST_F(Kept, NumbersThatTheServerGivesForGoodAreRefused) {
  db_->run("create table want(id int primary key, nr int, a int)");
  db_->run("create table have(id int primary key, nr int generated always as identity, a int)");
  db_->run("insert into want values(1, 9, 5)");
  db_->run("insert into have(id, a) values(1, 4)");
  const Pass pass = tables().look().value();
  EXPECT_TRUE(pass.changes.empty());
  EXPECT_THAT(pass.first_unknown, HasSubstr("column 'nr' of the actual side is computed there"));
}

TEST_F(Kept, K11_13_SidesOfOtherColumnsAreNotOpened) {
  db_->run("create table want(id int primary key, a int, b int)");
  db_->run("create table have(id int primary key, a int)");
  const auto more = TwoSides::open(registry_, table("want"), table("have"));
  ASSERT_FALSE(more.ok());
  EXPECT_THAT(more.error().message, HasSubstr("only the desired side has a column \"b\""));
  const auto fewer = TwoSides::open(registry_, table("have"), table("want"));
  ASSERT_FALSE(fewer.ok());
  EXPECT_THAT(fewer.error().message, HasSubstr("only the actual side has a column \"b\""));
  EXPECT_EQ(fewer.error().retry, Retry::kAfter) << "it may come";
}

TEST_F(Kept, K7_4_ARowOfNullsIsNoHash) {
  RedisServer redis;
  RedisClient client(redis.socket());
  db_->run("create table want(id int primary key, a text, b text)");
  db_->run("insert into want values(1, null, null), (2, null, null), (3, 'x', null)");
  client.command({"HSET", "h:2", "a", "old", "b", "older"});
  OneSide have = redis_side(redis.socket(), {{"key", "h:{id}"}, {"type", "hash"}});
  have.collection.fields = {{"a", "{a}"}, {"b", "{b}"}};
  const TwoSides on = open(table("want"), have);
  const auto changes = on.look()->changes;
  EXPECT_EQ(changes.size(), 2U);
  EXPECT_EQ(first_failure(on.run(changes, StepMode::kForward)), "");
  EXPECT_EQ(client.command({"EXISTS", "h:1", "h:2"}), "0");
  EXPECT_EQ(client.command({"HGET", "h:3", "a"}), "x");
  EXPECT_TRUE(on.look()->changes.empty());
  EXPECT_EQ(first_failure(on.run(changes, StepMode::kUndo)), "");
  EXPECT_EQ(client.command({"HGET", "h:2", "b"}), "older");
}

TEST_F(Kept, BooleansAreOneAndZeroInSqlite) {
  SqliteClient file(dir_.path("have.db"));
  file.run("create table have(id integer primary key, b boolean, t text)");
  file.run("insert into have values(1, 1, 'true')");
  db_->run("create table want(id int primary key, b boolean, t boolean)");
  db_->run("insert into want values(1, true, true), (2, false, false)");
  const OneSide have = sqlite_side(dir_.path("have.db"), {{"table", "have"}, {"key", "id"}});
  EXPECT_EQ(open(table("want"), have).look()->changes.size(), 1U);
  EXPECT_EQ(repaired(open(table("want"), have)), "");
  EXPECT_EQ(file.list("select quote(b) || quote(t) from have where id = 2"), Rows{"0'false'"});
  db_->run("create table have(id int primary key, b boolean, t text)");
  const OneSide source = sqlite_side(dir_.path("have.db"), {{"table", "have"}, {"key", "id"}});
  EXPECT_EQ(repaired(open(source, table("have"))), "");
  EXPECT_EQ(db_->list("select b::text from have order by id"), (Rows{"true", "false"}));
}

}  // namespace
}  // namespace sideband
