// detect.fields: columns and fields of hashes that are data. What may differ in them does, what is
// not ours stays, and an undo brings back the bytes that were there.
#include <gmock/gmock.h>

#include "policy/document_diff.h"
#include "support/postgres_client.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"
#include "two_sides.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// `data` is a JSON document, `note` plain text; the same table or hash for each of the targets.
class FieldsAsData : public testing::Test {
 protected:
  FieldsAsData() {
    FieldContent data;
    data.name = "data";
    data.compare = CompareScope::kDeclared;
    data.ignore = {{"/hits", "counts by itself", {}}};
    data.sets = {"/tags"};
    detect_.fields = {data};
  }
  // Looks, repairs, looks again, undoes. `read`: the target's row as text.
  template <class Read>
  void come_and_go(const TwoSides& on, const Read& read, const std::string& expected) {
    const std::string before = read();
    const Pass pass = on.look().value();
    ASSERT_EQ(pass.changes.size(), 1U) << pass.first_unknown;
    EXPECT_EQ(first_failure(on.run(pass.changes, StepMode::kForward)), "");
    EXPECT_EQ(normal(read()), normal(expected));
    const Pass again = on.look().value();
    EXPECT_THAT(again.changes, IsEmpty());
    EXPECT_EQ(again.unknown, 0) << again.first_unknown;
    EXPECT_EQ(first_failure(on.run(pass.changes, StepMode::kUndo)), "");
    EXPECT_EQ(read(), before);
  }
  static std::string normal(const std::string& json) {
    return canonical_form(parse_json(json).value(), {});
  }
  static std::string row(const std::string& id, const std::string& data, const std::string& note) {
    return "insert into t values(" + id + ", '" + data + "', '" + note + "')";
  }
  // Row 1 is equal as data, row 2 is not; both have hits, and members that are not ours.
  template <class Client>
  static void fill(Client& want, Client& have) {
    want.run(row("1", R"({"tags": ["a", "b"], "hits": 0})", "n"));
    want.run(row("2", R"({"price": 2, "hits": 0})", "n"));
    have.run(row("1", R"({"hits": 500, "tags": ["b", "a"], "more": true})", "n"));
    have.run(row("2", R"({"hits": 500, "price": 1, "more": true})", "n"));
  }

  DetectSettings detect_;
  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};
  TempDir dir_;
};

TEST_F(FieldsAsData, K4_3_ColumnsOfSqlite) {
  SqliteClient want(dir_.path("want.db"));
  SqliteClient have(dir_.path("have.db"));
  for (SqliteClient* client : {&want, &have}) {
    client->run("create table t(id integer primary key, data text, note text)");
  }
  fill(want, have);
  const DriverOptions table = {{"table", "t"}, {"key", "id"}};
  const auto on = TwoSides::open(registry_, sqlite_side(dir_.path("want.db"), table),
                                 sqlite_side(dir_.path("have.db"), table), detect_);
  ASSERT_TRUE(on.ok()) << on.error().message;
  come_and_go(
      *on, [&] { return have.list("select data from t where id = 2").front(); },
      R"({"hits":500,"price":2,"more":true})");
}

// Both sides are hashed by their servers: what may differ is found to differ, and then to be equal.
TEST_F(FieldsAsData, K4_3_ColumnsOfPostgresWithDigests) {
  PostgresServer* server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  const std::string database = server->create_database();
  PostgresClient db(server->connection_string(database));
  for (const char* type : {"jsonb", "json", "text"}) {
    SCOPED_TRACE(type);
    for (const char* name : {"want", "have"}) {
      db.run("drop table if exists " + std::string(name));
      db.run("create table " + std::string(name) + "(id integer primary key, data " + type +
             ", note text)");
    }
    db.run("alter table want rename to t");
    db.run(row("1", R"({"tags": ["a", "b"], "hits": 0})", "n"));
    db.run(row("2", R"({"price": 2, "hits": 0})", "n"));
    db.run("alter table t rename to want");
    db.run("alter table have rename to t");
    db.run(row("1", R"({"hits": 500, "tags": ["b", "a"], "more": true})", "n"));
    db.run(row("2", R"({"hits": 500, "price": 1, "more": true})", "n"));
    db.run("alter table t rename to have");
    const auto on = TwoSides::open(
        registry_, postgres_side(*server, database, {{"table", "want"}, {"key", "id"}}),
        postgres_side(*server, database, {{"table", "have"}, {"key", "id"}}), detect_);
    ASSERT_TRUE(on.ok()) << on.error().message;
    come_and_go(
        *on, [&] { return db.list("select data::jsonb::text from have where id = 2").front(); },
        R"({"hits": 500, "more": true, "price": 2})");
  }
}

TEST_F(FieldsAsData, K4_3_FieldsOfAHash) {
  SqliteClient want(dir_.path("want.db"));
  want.run("create table t(id integer primary key, data text, note text)");
  want.run(row("2", R"({"price": 2, "hits": 0})", "n"));
  const RedisServer server;
  RedisClient redis(server.socket());
  redis.command({"HSET", "p:2", "data", R"({"hits": 500, "price": 1, "more": true})", "note", "n"});
  const auto on = TwoSides::open(
      registry_,
      sqlite_side(dir_.path("want.db"), {{"table", "t"}, {"key", "id"}, {"columns", "data\nnote"}}),
      redis_side(server.socket(), {{"key", "p:{id}"}, {"type", "hash"}}), detect_);
  ASSERT_TRUE(on.ok()) << on.error().message;
  come_and_go(
      *on,
      [&] {
        return redis.command({"HGET", "p:2", "data"});
      },
      R"({"hits":500,"price":2,"more":true})");
}

TEST_F(FieldsAsData, K4_3_WhatIsNoDataIsSaidWithItsColumn) {
  SqliteClient want(dir_.path("want.db"));
  SqliteClient have(dir_.path("have.db"));
  for (SqliteClient* client : {&want, &have}) {
    client->run("create table t(id integer primary key, data text, note text)");
  }
  want.run(row("1", "{}", "n"));
  have.run(row("1", "{broken", "n"));
  const DriverOptions table = {{"table", "t"}, {"key", "id"}};
  const auto on = TwoSides::open(registry_, sqlite_side(dir_.path("want.db"), table),
                                 sqlite_side(dir_.path("have.db"), table), detect_);
  const Pass pass = on->look().value();
  EXPECT_THAT(pass.changes, IsEmpty());
  EXPECT_THAT(pass.first_unknown, HasSubstr("\"data\""));
  EXPECT_EQ(have.list("select data from t").front(), "{broken");
}

}  // namespace
}  // namespace sideband
