// `check --targets` tells what of the tables does not fit, with its place, what was seen, and a
// statement that mends it; and changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "e2e/daemon.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

// A place in which two tables, `want` and `have`, are compared.
class Tables : public testing::Test {
 protected:
  // Sides without their braces, like "table: have, key: id".
  Json look(const std::string& connect, const std::string& driver, const std::string& desired,
            const std::string& actual) {
    daemon_.configure(
        target("shop", driver, connect) +
        reconciler("prices", "  mode: approve\n  interval: 1h\n  desired: {target: shop, " +
                                 desired + "}\n  actual: {target: shop, " + actual + "}\n"));
    text_ = daemon_.cli({"check", "--targets"});
    const Finished json = daemon_.cli({"-o", "json", "check", "--targets"});
    code_ = json.code;
    EXPECT_EQ(text_.code, json.code) << text_.out << text_.err;
    const Json said = Json::parse(json.out, nullptr, false);
    EXPECT_FALSE(said.is_discarded()) << json.out << json.err;
    return said.is_discarded() ? Json::array() : said.at("findings");
  }
  // The only finding; a test failure where there is another number of them.
  static Json only(const Json& findings) {
    EXPECT_EQ(findings.size(), 1U) << findings.dump(1);
    return findings.empty() ? Json({{"text", ""},
                                    {"evidence", ""},
                                    {"run", ""},
                                    {"advice", ""},
                                    {"path", ""},
                                    {"place", ""},
                                    {"level", ""}})
                            : findings.at(0);
  }

  Daemon daemon_;
  Finished text_;
  int code_ = 0;
};

class PostgresTables : public Tables {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server starts here";
    database_ = server_->create_database();
    db_ = std::make_unique<PostgresClient>(server_->connection_string(database_));
    db_->run(
        "create table want(tenant text, n int, amount int, primary key (tenant, n));"
        "create table have(tenant text, n int, amount int, primary key (tenant, n))");
  }
  Json look(const std::string& desired, const std::string& actual) {
    return Tables::look("host: " + server_->folder() + ", port: " + server_->port() +
                            ", dbname: " + database_ + ", user: sideband",
                        "postgres", desired, actual);
  }
  const std::string want_ = "table: want, key: [tenant, n]";
  const std::string have_ = "table: have, key: [tenant, n]";

  PostgresServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<PostgresClient> db_;
};

TEST_F(PostgresTables, K4_4_WhatFitsIsNoFinding) {
  EXPECT_EQ(look(want_, have_).size(), 0U) << text_.out;
  EXPECT_THAT(text_.err, Not(HasSubstr("tables:")));
}

TEST_F(PostgresTables, K4_4_AMissingTableIsNamedAtItsPlace) {
  const Json found = only(look(want_, "table: hve, key: [tenant, n]"));
  EXPECT_EQ(found["level"], "error");
  EXPECT_EQ(found["path"], "spec.actual.table");
  EXPECT_THAT(found["place"].get<std::string>(), HasSubstr("all.yaml:"));
  EXPECT_THAT(found["text"].get<std::string>(), HasSubstr("did you mean \"have\""));
  EXPECT_THAT(text_.out, HasSubstr("error: spec.actual.table: there is no table"));
  EXPECT_THAT(text_.out, HasSubstr("^~~"));
  EXPECT_THAT(text_.err, HasSubstr("tables: 1 error, 0 warnings, 0 unknown"));
  EXPECT_EQ(code_, 2);
}

TEST_F(PostgresTables, K4_4_MissingColumnsCanBeMade) {
  db_->run("alter table have drop column amount");
  const Json found = only(look(want_, have_ + ", fields: {amount: \"{amount}\"}"));
  EXPECT_EQ(found["path"], "spec.actual.fields.amount");
  EXPECT_EQ(found["run"], "ALTER TABLE public.have ADD COLUMN \"amount\" integer");
  EXPECT_EQ(code_, 2);
  db_->run(found["run"]);
  EXPECT_EQ(look(want_, have_ + ", fields: {amount: \"{amount}\"}").size(), 0U) << text_.out;
}

TEST_F(PostgresTables, K4_4_AMissingKeyColumnHasAGuess) {
  const Json found = only(look("table: want, key: [tenent, n]", have_));
  EXPECT_EQ(found["path"], "spec.desired.key");
  EXPECT_THAT(found["text"].get<std::string>(), HasSubstr("did you mean \"tenant\""));
}

TEST_F(PostgresTables, K4_4_AMissingIndexCanBeMade) {
  db_->run(
      "alter table have drop constraint have_pkey; create unique index part on have (tenant, n) "
      "where n > 0; create unique index other on have (tenant, n, amount)");
  const Json found = only(look(want_, have_));
  EXPECT_EQ(found["path"], "spec.actual.key");
  EXPECT_EQ(found["run"], "CREATE UNIQUE INDEX CONCURRENTLY ON public.have (\"tenant\", \"n\")");
  EXPECT_THAT(found["evidence"].get<std::string>(), HasSubstr("part is partial"));
  EXPECT_THAT(found["evidence"].get<std::string>(),
              HasSubstr("other is on \"tenant\", \"n\", \"amount\""));
  db_->run(found["run"]);
  EXPECT_EQ(look(want_, have_).size(), 0U) << text_.out;
}

TEST_F(PostgresTables, K4_4_DuplicateKeysOfAQueryAndOfATable) {
  db_->run(
      "create table log(tenant text, n int, at int); insert into log values ('a,b', 1, 1), "
      "('a,b', 1, 2), ('c', 1, 1)");
  const std::string fields = ", fields: {amount: \"{n}\"}";
  Json found = only(look("query: \"select tenant, n from log\", key: [tenant, n]", have_ + fields));
  EXPECT_EQ(found["path"], "spec.desired.key");
  EXPECT_EQ(found["evidence"], "2 rows have the key 'a%2Cb,1'");
  EXPECT_THAT(found["advice"].get<std::string>(), HasSubstr("having count(*) > 1"));
  EXPECT_EQ(code_, 2);
  found = only(look("table: log, key: [tenant, n]", have_ + fields));
  EXPECT_EQ(found["evidence"], "2 rows have the key 'a%2Cb,1'");
  db_->run("update log set n = null where at = 2");
  found = only(look("table: log, key: [tenant, n]", have_ + fields));
  EXPECT_THAT(found["evidence"].get<std::string>(), HasSubstr("a row with NULL"));
}

TEST_F(PostgresTables, K4_4_ATypeThatCannotBeAKey) {
  db_->run(
      "create table dates(d date primary key, n int);"
      "create table one(id text primary key, amount int)");
  const Json found = only(
      look("table: dates, key: d, columns: [n]", "table: one, key: id, fields: {amount: \"{n}\"}"));
  EXPECT_EQ(found["path"], "spec.desired.key");
  EXPECT_EQ(found["evidence"], "\"d\" is date");
  EXPECT_THAT(found["advice"].get<std::string>(), HasSubstr("\"d\"::text"));
}

TEST_F(PostgresTables, K4_4_KeyColumnsOfBothSidesAreCompared) {
  db_->run("create table other(tenant uuid, n smallint, amount int, primary key (tenant, n))");
  const Json findings = look(want_, "table: other, key: [tenant, n]");
  ASSERT_EQ(findings.size(), 2U) << findings.dump(1);
  EXPECT_EQ(findings[0]["level"], "error");
  EXPECT_EQ(findings[0]["path"], "spec.actual.key");
  EXPECT_EQ(findings[0]["evidence"],
            "\"tenant\" is uuid, and \"tenant\" of the desired side is text");
  EXPECT_EQ(findings[1]["level"], "warning");
  EXPECT_EQ(findings[1]["evidence"], "\"n\" is smallint, and \"n\" of the desired side is integer");
}

TEST_F(PostgresTables, K4_4_ColumnsThatCannotHoldTheOthersAreWarnedOf) {
  db_->run(
      "alter table want add a text, add b numeric(9,3), add c bigint, add d varchar(10);"
      "alter table have add a varchar(20), add b numeric(9,2), add c int, add d text");
  const Json findings = look(want_, have_);
  ASSERT_EQ(findings.size(), 3U) << findings.dump(1);
  for (const Json& one : findings) EXPECT_EQ(one["level"], "warning");
  EXPECT_EQ(findings[0]["evidence"],
            "\"a\" is character varying(20), and \"a\" of the desired side is text");
  EXPECT_EQ(findings[1]["evidence"],
            "\"b\" is numeric(9,2), and \"b\" of the desired side is numeric(9,3)");
  EXPECT_EQ(findings[2]["evidence"], "\"c\" is integer, and \"c\" of the desired side is bigint");
  EXPECT_THAT(code_, testing::AnyOf(0, 1)) << "warnings change no exit code";
}

TEST_F(PostgresTables, K4_4_PlaceholdersOfAQueryAreLookedFor) {
  const Json found = only(look("query: \"select tenant, n, amount from want\", key: [tenant, n]",
                               have_ + ", fields: {amount: \"{amuont}\"}"));
  EXPECT_EQ(found["path"], "spec.actual.fields.amount");
  EXPECT_THAT(found["text"].get<std::string>(), HasSubstr("did you mean \"amount\""));
}

TEST_F(PostgresTables, K4_4_ALookThatTakesTooLongIsUnknownAndWritesNothing) {
  db_->run("insert into want values ('a', 1, 1)");
  const SystemClock clock;
  const MonoTime before = clock.mono();
  const Json findings =
      look("query: \"select tenant, n + length(pg_sleep(60)::text) n from want\", key: [tenant, n]",
           have_ + ", fields: {amount: \"{n}\"}");
  ASSERT_GE(findings.size(), 1U);
  EXPECT_EQ(findings[0]["level"], "unknown") << findings.dump(1);
  EXPECT_LT(clock.mono() - before, std::chrono::seconds(90));
  EXPECT_EQ(db_->one("select count(*) from have"), "0");
}

class SqliteTables : public Tables {
 protected:
  SqliteTables() : db_(daemon_.path("shop.db")) {
    db_.run("create table want(tenant text, n integer, amount integer, primary key (tenant, n))");
    db_.run("create table have(tenant text, n integer, amount integer, primary key (tenant, n))");
  }
  Json look(const std::string& desired, const std::string& actual) {
    return Tables::look("path: " + daemon_.path("shop.db"), "sqlite", desired, actual);
  }
  const std::string key_ = "key: [tenant, n], keyType: [bytes, int64]";
  const std::string want_ = "table: want, " + key_;
  const std::string have_ = "table: have, " + key_;

  SqliteClient db_;
};

TEST_F(SqliteTables, K4_4_WhatFitsIsNoFinding) {
  EXPECT_EQ(look(want_, have_).size(), 0U) << text_.out;
}

TEST_F(SqliteTables, K4_4_MissingTablesAndColumns) {
  Json found = only(look(want_, "table: hve, " + key_));
  EXPECT_EQ(found["path"], "spec.actual.table");
  EXPECT_THAT(found["text"].get<std::string>(), HasSubstr("did you mean \"have\""));
  EXPECT_EQ(code_, 2);
  found = only(look("table: want, key: [tenent, n], keyType: [bytes, int64]", have_));
  EXPECT_EQ(found["path"], "spec.desired.key");
  db_.run("alter table have drop column amount");
  found = only(look(want_, have_ + ", fields: {amount: \"{amount}\"}"));
  EXPECT_EQ(found["run"], "ALTER TABLE \"have\" ADD COLUMN \"amount\" INTEGER");
  db_.run(found["run"].get<std::string>());
  EXPECT_EQ(look(want_, have_ + ", fields: {amount: \"{amount}\"}").size(), 0U) << text_.out;
}

TEST_F(SqliteTables, K4_4_AMissingIndexCanBeMade) {
  db_.run("create table loose(tenant text, n integer, amount integer)");
  const Json found = only(look(want_, "table: loose, " + key_));
  EXPECT_EQ(found["path"], "spec.actual.key");
  EXPECT_EQ(found["run"], "CREATE UNIQUE INDEX \"loose_key\" ON \"loose\" (\"tenant\", \"n\")");
  db_.run(found["run"].get<std::string>());
  EXPECT_EQ(look(want_, "table: loose, " + key_).size(), 0U) << text_.out;
}

TEST_F(SqliteTables, K4_4_DuplicateKeysNullsAndOtherTypes) {
  db_.run("create table log(tenant text, n integer)");
  db_.run("insert into log values ('a,b', 1), ('a,b', 1)");
  const std::string from = "query: \"select tenant, n from log\", " + key_;
  const std::string into = have_ + ", fields: {amount: \"{n}\"}";
  Json found = only(look(from, into));
  EXPECT_EQ(found["path"], "spec.desired.key");
  EXPECT_EQ(found["evidence"], "2 rows have the key 'a%2Cb,1'");
  db_.run("update log set n = null");
  found = only(look(from, into));
  EXPECT_EQ(found["evidence"], "a row holds NULL");
  db_.run("update log set n = 'x'");
  found = only(look(from, into));
  EXPECT_EQ(found["evidence"], "a row holds text");
}

TEST_F(SqliteTables, K4_4_ColumnsThatCannotHoldTheOthersAreWarnedOf) {
  db_.run("alter table want add column name text");
  db_.run("alter table have add column name integer");
  const Json found = only(look(want_, have_));
  EXPECT_EQ(found["level"], "warning");
  EXPECT_EQ(found["evidence"], "\"name\" is INTEGER, and \"name\" of the desired side is TEXT");
}

}  // namespace
}  // namespace sideband::e2e
