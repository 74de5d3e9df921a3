// Templates of an actual side against what the desired side has: a placeholder that is none of its
// columns never becomes NULL, and a key that they cannot make is nobody's extra.
#include <gmock/gmock.h>

#include "base/random.h"
#include "drivers/registry.h"
#include "engine/observe/probe_scanner.h"
#include "engine/observe/scanner.h"
#include "engine/runtime/reconciler_runtime.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"
#include "two_tables.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class Templates : public testing::Test {
 protected:
  Templates() {
    source_.run("create table t(id integer primary key, sku text, amount integer)");
    source_.run("insert into t values(1, 'a', 10), (2, 'b', null)");
    copy_.run("create table t(id integer primary key, price integer)");
    copy_.run("insert into t values(1, 5), (2, 6)");
    settings_.targets["source"] = target("source", "sqlite", {{"path", dir_.path("source.db")}});
    settings_.targets["copy"] = target("copy", "sqlite", {{"path", dir_.path("copy.db")}});
    settings_.targets["cache"] = target("cache", "redis", {{"socket", cache_.socket()}});
  }
  static TargetSettings target(const std::string& name, const std::string& driver,
                               DriverOptions connect) {
    TargetSettings out;
    out.name = name;
    out.driver = driver;
    out.connect = std::move(connect);
    return out;
  }
  static CollectionSettings side(const std::string& target, DriverOptions options) {
    CollectionSettings out;
    out.target = target;
    out.options = std::move(options);
    return out;
  }
  Result<ReconcilerRuntimePtr> open(CollectionSettings desired, CollectionSettings actual) {
    ReconcilerSettings& spec = settings_.reconcilers["r"];
    spec.name = "r";
    spec.desired = std::move(desired);
    spec.actual = std::move(actual);
    spec.repair.prune = true;
    TargetConnector connector;
    connector.collection = [this](const TargetSettings& on, const CollectionSettings& collection,
                                  Role role) { return registry_.open(on, collection, role); };
    return open_runtime(settings_, "r", connector,
                        [](const DetectSettings&) { return Normalize(); });
  }
  static Result<Pass> pass_of(const ReconcilerRuntimePtr& runtime) {
    const auto scanner = make_full_scanner(runtime, 7, true);
    return run_pass(*scanner);
  }

  TempDir dir_;
  SqliteClient source_{dir_.path("source.db")};
  SqliteClient copy_{dir_.path("copy.db")};
  RedisServer cache_;
  RedisClient client_{cache_.socket()};
  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};
  Settings settings_;
};

TEST_F(Templates, K11_3_APlaceholderThatIsNoColumnIsAnErrorWhenOpening) {
  const auto table = side("source", {{"table", "t"}, {"key", "id"}});
  const auto query = side("source", {{"query", "select id, amount from t"}, {"key", "id"}});
  for (const CollectionSettings& desired : {table, query}) {
    CollectionSettings actual = side("copy", {{"table", "t"}, {"key", "id"}});
    actual.fields = {{"price", "{amuont}"}};
    const auto fields = open(desired, actual);
    ASSERT_FALSE(fields.ok());
    EXPECT_THAT(fields.error().message,
                HasSubstr("actual.fields.price: the desired side has no column \"amuont\"; did you "
                          "mean \"amount\"?"));
    EXPECT_EQ(fields.error().retry, Retry::kPerson);
    actual = side("cache", {{"key", "p:{id}"}});
    actual.value = "{id}-{amuont}";
    const auto value = open(desired, actual);
    ASSERT_FALSE(value.ok());
    EXPECT_THAT(value.error().message, HasSubstr("actual.value: "));
    actual.value = "{amount}";
    EXPECT_TRUE(open(desired, actual).ok());
  }
}

TEST_F(Templates, K11_3_TheKeysTemplateNamesTheKeyOfTheDesiredSide) {
  for (const char* key : {"p:{idd}", "p:{sku}"}) {
    CollectionSettings actual = side("cache", {{"key", key}});
    actual.value = "{amount}";
    const auto opened = open(side("source", {{"table", "t"}, {"key", "id"}}), actual);
    ASSERT_FALSE(opened.ok()) << key;
    EXPECT_THAT(opened.error().message, HasSubstr("which is \"id\""));
    EXPECT_EQ(opened.error().retry, Retry::kPerson);
  }
}

TEST_F(Templates, K11_3_AColumnThatGoesWhileRunningFailsTheLook) {
  CollectionSettings actual = side("copy", {{"table", "t"}, {"key", "id"}});
  actual.fields = {{"price", "{amount}"}};
  for (const CollectionSettings& desired :
       {side("source", {{"table", "t"}, {"key", "id"}}),
        side("source", {{"query", "select * from t"}, {"key", "id"}})}) {
    const auto runtime = open(desired, actual);
    ASSERT_TRUE(runtime.ok()) << runtime.error().message;
    const auto before = pass_of(*runtime);
    ASSERT_TRUE(before.ok());
    EXPECT_EQ(before->changes.size(), 2U) << "of the second row price is to become NULL";
    source_.run("alter table t rename column amount to amuont");
    for (int look = 0; look < 2; ++look) EXPECT_FALSE(pass_of(*runtime).ok());
    ScanBatch batch;
    EXPECT_FALSE(compare_keys(**runtime, {"1"}, batch).ok());
    source_.run("alter table t rename column amuont to amount");
    EXPECT_TRUE(pass_of(*runtime).ok());
  }
}

TEST_F(Templates, K11_3_PostgresTellsItsColumnsToo) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  const std::string database = server->create_database();
  PostgresClient db(server->connection_string(database));
  db.run("create table t(id int primary key, amount int)");
  db.run("insert into t values(1, 10), (2, null)");
  settings_.targets["pg"] = target("pg", "postgres",
                                   {{"host", server->folder()},
                                    {"port", server->port()},
                                    {"dbname", database},
                                    {"user", "sideband"}});
  CollectionSettings actual = side("copy", {{"table", "t"}, {"key", "id"}});
  for (const CollectionSettings& desired :
       {side("pg", {{"table", "t"}, {"key", "id"}}),
        side("pg", {{"query", "select * from t"}, {"key", "id"}})}) {
    actual.fields = {{"price", "{amuont}"}};
    const auto wrong = open(desired, actual);
    ASSERT_FALSE(wrong.ok());
    EXPECT_THAT(wrong.error().message, HasSubstr("did you mean \"amount\"?"));
    actual.fields = {{"price", "{amount}"}};
    const auto runtime = open(desired, actual);
    ASSERT_TRUE(runtime.ok()) << runtime.error().message;
    EXPECT_TRUE(pass_of(*runtime).ok());
    db.run("alter table t rename column amount to amuont");
    EXPECT_FALSE(pass_of(*runtime).ok());
    db.run("alter table t rename column amuont to amount");
  }
}

// A hash of which no fields are named has whatever it has: one that is missing is no NULL.
TEST_F(Templates, K11_3_WithoutFixedColumnsTheItemIsUnknown) {
  client_.command({"HSET", "s:1", "amount", "10"});
  client_.command({"HSET", "s:2", "amuont", "20"});
  CollectionSettings actual = side("copy", {{"table", "t"}, {"key", "id"}});
  actual.fields = {{"price", "{amount}"}};
  const auto runtime = open(side("cache", {{"key", "s:{id}"}, {"type", "hash"}}), actual);
  ASSERT_TRUE(runtime.ok()) << runtime.error().message;
  ScanBatch batch;
  ASSERT_TRUE(compare_keys(**runtime, {"1", "2"}, batch).ok());
  EXPECT_EQ(batch.changes.size(), 1U);
  EXPECT_EQ(batch.unknown, 1);
  EXPECT_THAT(batch.first_unknown, HasSubstr("\"amount\" has no value"));
}

class Extras : public Templates {
 protected:
  // What a sweep and a look at the key itself would delete.
  std::set<std::string> extras_of(const CollectionSettings& desired,
                                  const std::vector<std::string>& keys) {
    for (const std::string& key : keys) client_.command({"SET", "p:" + key, "x"});
    CollectionSettings actual = side("cache", {{"key", "p:{id}"}});
    const auto runtime = open(desired, actual);
    EXPECT_TRUE(runtime.ok()) << runtime.error().message;
    const auto pass = pass_of(*runtime);
    EXPECT_TRUE(pass.ok()) << pass.error().message;
    ScanBatch batch;
    EXPECT_TRUE(compare_keys(**runtime, keys, batch).ok());
    std::set<std::string> swept, looked;
    for (const Change& change : pass->changes) {
      if (change.op == ChangeOp::kDelete) swept.insert(change.key);
    }
    for (const Change& change : batch.changes) {
      if (change.op == ChangeOp::kDelete) looked.insert(change.key);
    }
    EXPECT_EQ(swept, looked);
    return swept;
  }
  const std::vector<std::string> keys_ = {
      "1",   "7",    "-7", "007", "+7", "1:views", "stock:1", "7 ", "9223372036854775808",
      "1e3", "seven"};
};

TEST_F(Extras, K11_14_AnExtraIsOnlyWhatANumberCanMake) {
  EXPECT_EQ(extras_of(side("source", {{"table", "t"}, {"key", "id"}}), keys_),
            (std::set<std::string>{"7", "-7"}));
}

TEST_F(Extras, K11_14_AnyTextCanBeATextKey) {
  const auto texts =
      side("source",
           {{"query", "select cast(id as text) id from t"}, {"key", "id"}, {"keyType", "bytes"}});
  EXPECT_EQ(extras_of(texts, keys_).size(), keys_.size() - 1) << "all but the one that is desired";
}

TEST_F(Extras, K11_14_WhatNoNumberCanMakeIsNeverWritten) {
  client_.command({"SET", "p:1:views", "x"});
  const auto runtime =
      open(side("source", {{"table", "t"}, {"key", "id"}}), side("cache", {{"key", "p:{id}"}}));
  const auto outcomes = (*runtime)->actual->apply(
      {Uuid(),
       1,
       {{"1:views", ChangeOp::kDelete, State::of_bytes("x"), State::absent()}},
       std::chrono::seconds(10)});
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ(outcomes->at(0).outcome, Outcome::kFailed);
  EXPECT_EQ(client_.command({"GET", "p:1:views"}), "x");
}

TEST_F(Extras, K11_14_OfTwoColumnsOnlyWhatCanBeTakenApartInOneWay) {
  source_.run("create table pairs(tenant text, n integer, amount integer)");
  source_.run("insert into pairs values('acme', 1, 10), ('a:b', 2, 20)");
  for (const char* key :
       {"p:acme:1", "p:acme:7", "p:a:b:3", "p:acme:07", "p:acme", "p:acme:x", "p::7", "p:a,b:7"}) {
    client_.command({"SET", key, "x"});
  }
  CollectionSettings actual = side("cache", {{"key", "p:{tenant}:{n}"}});
  actual.value = "{amount}";
  const auto runtime =
      open(side("source", {{"table", "pairs"}, {"key", "n\ntenant"}, {"keyType", "int64\nbytes"}}),
           actual);
  ASSERT_TRUE(runtime.ok()) << runtime.error().message;
  const auto pass = pass_of(*runtime);
  ASSERT_TRUE(pass.ok()) << pass.error().message;
  std::map<ChangeOp, std::set<std::string>> found;
  for (const Change& change : pass->changes) found[change.op].insert(change.key);
  EXPECT_EQ(found[ChangeOp::kUpdate], std::set<std::string>{"1,acme"});
  EXPECT_EQ(found[ChangeOp::kCreate], std::set<std::string>{"2,a:b"});
  EXPECT_EQ(found[ChangeOp::kDelete], (std::set<std::string>{"7,acme", "3,a:b", "7,a%2Cb"}));
}

TEST_F(Extras, OfTwoTextsThatCouldBeOthersTheItemIsUnknown) {
  source_.run("create table pairs(tenant text, sku text, amount integer)");
  source_.run("insert into pairs values('a:b', 'c', 10), ('a', 'b:c', 20), ('x', 'y', 30)");
  client_.command({"SET", "p:a:b:c", "x"});
  CollectionSettings actual = side("cache", {{"key", "p:{tenant}:{sku}"}});
  actual.value = "{amount}";
  const auto runtime = open(
      side("source", {{"table", "pairs"}, {"key", "tenant\nsku"}, {"keyType", "bytes"}}), actual);
  ASSERT_TRUE(runtime.ok()) << runtime.error().message;
  ScanBatch batch;
  ASSERT_TRUE(compare_keys(**runtime, {"a:b,c", "a,b:c", "x,y"}, batch).ok());
  EXPECT_EQ(batch.unknown, 2);
  EXPECT_THAT(batch.first_unknown, HasSubstr("could be that of another one too"));
  ASSERT_EQ(batch.changes.size(), 1U);
  EXPECT_EQ(batch.changes[0].key, "x,y");
}

TEST_F(Templates, KeysOfBothSidesHaveAsManyColumns) {
  source_.run("create table pairs(tenant text, n integer, amount integer)");
  const auto desired =
      side("source", {{"table", "pairs"}, {"key", "tenant\nn"}, {"keyType", "bytes\nint64"}});
  auto opened = open(desired, side("copy", {{"table", "t"}, {"key", "id"}}));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().message,
            "the key of the desired side has 2 columns, and that of the actual side has 1 column");
  CollectionSettings cache = side("cache", {{"key", "p:{n}"}});
  cache.value = "{amount}";
  opened = open(desired, cache);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().message,
            "actual.key needs a placeholder for each column of the desired side's key: \"tenant\", "
            "\"n\"");
}

TEST_F(Extras, K11_14_AUuidIsWrittenInOneWay) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  const std::string database = server->create_database();
  PostgresClient db(server->connection_string(database));
  db.run("create table t(id uuid primary key)");
  db.run("insert into t values('01890a5d-ac96-774b-bcce-b302099a8057')");
  settings_.targets["pg"] = target("pg", "postgres",
                                   {{"host", server->folder()},
                                    {"port", server->port()},
                                    {"dbname", database},
                                    {"user", "sideband"}});
  EXPECT_EQ(
      extras_of(side("pg", {{"table", "t"}, {"key", "id"}}),
                {"01890a5d-ac96-774b-bcce-b302099a8058", "01890A5D-AC96-774B-BCCE-B302099A8058",
                 "1", "01890a5d-ac96-774b-bcce-b302099a8058:views"}),
      (std::set<std::string>{"01890a5d-ac96-774b-bcce-b302099a8058"}));
}

}  // namespace
}  // namespace sideband
