// What a SQLite file may say or do that must not harm: columns that are gone, and tables that
// answer a refused row with more than a refusal.
#include <gmock/gmock.h>

#include <numeric>

#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

const SystemClock kFaultClock;
SystemRandom fault_random;
constexpr Duration kFaultWait = std::chrono::seconds(10);

class SqliteFaults : public testing::Test {
 protected:
  Result<std::unique_ptr<Collection>> try_open(DriverOptions options, Role role) {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"path", dir_.path("shop.db")}};
    CollectionSettings settings;
    settings.options = std::move(options);
    settings.options.try_emplace("key", "id");
    return driver_.open(target, settings, role);
  }
  std::unique_ptr<Collection> open(DriverOptions options, Role role) {
    auto opened = try_open(std::move(options), role);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  // Creates of rows 1 to `count` with v = id * 10.
  static std::vector<Change> creates(int count) {
    std::vector<Change> changes;
    for (int i = 1; i <= count; ++i) {
      const std::string id = std::to_string(i);
      changes.push_back({id, ChangeOp::kCreate, State::absent(),
                         State::of_fields({{"id", id}, {"v", std::to_string(i * 10)}})});
    }
    return changes;
  }
  std::vector<ChangeOutcome> apply(Collection& on, std::vector<Change> changes) {
    auto outcomes = on.apply({Uuid(), 1, std::move(changes), kFaultWait});
    EXPECT_TRUE(outcomes.ok()) << outcomes.error().message;
    return outcomes ? std::move(*outcomes) : std::vector<ChangeOutcome>();
  }
  // Of 20 new rows those with these numbers fail by themselves, and all others are there.
  void expect_only_these_fail(const std::string& table, const std::set<int>& numbers) {
    const auto on = open({{"table", table}, {"columns", "v"}}, Role::kActual);
    const auto outcomes = apply(*on, creates(20));
    ASSERT_EQ(outcomes.size(), 20U);
    for (int i = 1; i <= 20; ++i) {
      EXPECT_EQ(outcomes[i - 1].outcome, numbers.contains(i) ? Outcome::kFailed : Outcome::kChanged)
          << i << " " << outcomes[i - 1].detail;
    }
    EXPECT_EQ(client_.list("select id from " + table).size(), 20 - numbers.size());
  }

  TempDir dir_;
  SqliteClient client_{dir_.path("shop.db")};
  SqliteDriver driver_{{kFaultClock, fault_random}};
};

TEST_F(SqliteFaults, K11_2_AColumnThatIsGoneIsAnErrorAndNeverItsName) {
  client_.run("create table t(id integer primary key, price integer, name text)");
  client_.run("insert into t values(1, 10, 'lamp'), (2, 20, 'desk')");
  std::vector<std::unique_ptr<Collection>> sides;
  sides.push_back(open({{"table", "t"}, {"columns", "price\nname"}}, Role::kDesired));
  sides.push_back(open({{"table", "t"}}, Role::kDesired));
  sides.push_back(open({{"query", "select id, price from t"}}, Role::kDesired));
  sides.push_back(open({{"query", "select * from t"}}, Role::kDesired));
  sides.push_back(open({{"table", "t"}, {"columns", "price"}}, Role::kActual));
  for (const auto& side : sides) ASSERT_TRUE(side->scan({}).ok());
  client_.run("alter table t rename column price to amount");
  for (std::size_t i = 0; i < sides.size(); ++i) {
    // Twice: with the connection that was open, and with a new one.
    for (int look = 0; look < 2; ++look) {
      const auto page = sides[i]->scan({});
      ASSERT_FALSE(page.ok()) << i;
      EXPECT_THAT(page.error().message, HasSubstr("price"));
      EXPECT_EQ(page.error().retry, Retry::kPerson);
      EXPECT_FALSE(sides[i]->read({"1"}, kFaultWait).ok()) << i;
    }
  }
  const State found = State::of_fields({{"id", "1"}, {"price", "10"}});
  const State want = State::of_fields({{"id", "1"}, {"price", "11"}});
  EXPECT_FALSE(
      sides[4]->apply({Uuid(), 1, {{"1", ChangeOp::kUpdate, found, want}}, kFaultWait}).ok());
  EXPECT_EQ(client_.list("select amount || name from t where id = 1").at(0), "10lamp");
}

// A column more is no reason to stop, wherever it stands.
TEST_F(SqliteFaults, K11_2_AColumnThatMovedIsReadWhereItIs) {
  client_.run("create table t(x integer, id integer primary key, price integer)");
  client_.run("insert into t values(7, 1, 10)");
  const auto side = open({{"query", "select * from t"}}, Role::kDesired);
  ASSERT_TRUE(side->scan({}).ok());
  client_.run("alter table t add column id2 integer default 5");
  client_.run("create table u(id integer primary key, price integer, x integer, more text)");
  client_.run("insert into u values(2, 20, 8, 'm')");
  client_.run("drop table t");
  client_.run("alter table u rename to t");
  for (int look = 0; look < 2; ++look) {
    const auto page = side->scan({});
    ASSERT_TRUE(page.ok()) << page.error().message;
    EXPECT_EQ(page->items.at(0).key, "2");
  }
}

TEST_F(SqliteFaults, K11_2_AMisspeltColumnIsNamedWhenItIsOpened) {
  client_.run("create table t(id integer primary key, price integer, name text)");
  for (const Role role : {Role::kDesired, Role::kActual}) {
    const auto opened = try_open({{"table", "t"}, {"columns", "name\nprise"}}, role);
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(opened.error().message,
                HasSubstr("has no column 'prise'; did you mean \"price\"?"));
    EXPECT_EQ(opened.error().retry, Retry::kPerson);
    const auto key = try_open({{"table", "t"}, {"key", "ids"}}, role);
    ASSERT_FALSE(key.ok());
    EXPECT_THAT(key.error().message, HasSubstr("'ids'"));
  }
  for (const char* query : {"select id, \"prise\" from t", "select id from t where name = \"x\""}) {
    EXPECT_FALSE(try_open({{"query", query}}, Role::kDesired).ok()) << query;
  }
  client_.run("create table rows(name text)");
  client_.run("insert into rows values('lamp')");
  const auto rows =
      open({{"table", "rows"}, {"key", "rowid"}, {"columns", "name"}}, Role::kDesired);
  EXPECT_EQ(rows->scan({})->items.at(0).key, "1") << "a name of the key that no schema has";
}

TEST_F(SqliteFaults, K11_2_OperationsKnowNoTextsInDoubleQuotes) {
  client_.run("create table t(id integer primary key, name text)");
  client_.run("insert into t values(1, 'lamp')");
  TargetSettings target;
  target.connect = {{"path", dir_.path("shop.db")}};
  const auto operation = std::move(driver_.operation(target)).value();
  OperationRequest request;
  request.options = {{"statement", "update t set name = \"nmae\""}};
  EXPECT_FALSE(operation->run(request).ok());
  EXPECT_EQ(client_.list("select name from t").at(0), "lamp");
}

TEST_F(SqliteFaults, K11_4_ATablesOwnReplaceDeletesNobody) {
  client_.run("create table t(id integer primary key, v integer unique on conflict replace)");
  client_.run("insert into t values(100, 30), (101, 70)");
  const auto on = open({{"table", "t"}, {"columns", "v"}}, Role::kActual);
  const auto outcomes = apply(*on, creates(20));
  for (int i = 1; i <= 20; ++i) {
    EXPECT_EQ(outcomes[i - 1].outcome, i == 3 || i == 7 ? Outcome::kFailed : Outcome::kChanged);
  }
  const State found = State::of_fields({{"id", "1"}, {"v", "10"}});
  const State want = State::of_fields({{"id", "1"}, {"v", "30"}});
  EXPECT_EQ(apply(*on, {{"1", ChangeOp::kUpdate, found, want}})[0].outcome, Outcome::kFailed);
  EXPECT_EQ(client_.list("select v from t where id in (1, 100, 101)").size(), 3U);
  EXPECT_EQ(client_.list("select id from t").size(), 20U);
}

TEST_F(SqliteFaults, K11_4_OtherClausesOfATableAreOverriddenToo) {
  int number = 0;
  for (const std::string word : {"rollback", "ignore", "fail", "replace", "abort"}) {
    const std::string table = "t" + std::to_string(++number);
    client_.run("create table " + table + "(id integer primary key, v integer unique on conflict " +
                word + ", w integer not null on conflict " + word + " default 0)");
    client_.run("insert into " + table + "(id, v) values(100, 50)");
    const auto on = open({{"table", table}, {"columns", "v"}}, Role::kActual);
    const auto outcomes = apply(*on, creates(20));
    for (int i = 1; i <= 20; ++i) {
      EXPECT_EQ(outcomes[i - 1].outcome, i == 5 ? Outcome::kFailed : Outcome::kChanged) << word;
    }
    EXPECT_EQ(client_.list("select id from " + table).size(), 20U) << word;
  }
}

TEST_F(SqliteFaults, K11_4_ATriggerThatRollsBackBlocksItsRowAlone) {
  client_.run("create table t(id integer primary key, v integer)");
  client_.run(
      "create trigger guard before insert on t when new.id in (1, 8, 9, 20) "
      "begin select raise(rollback, 'not this one'); end");
  expect_only_these_fail("t", {1, 8, 9, 20});
}

TEST_F(SqliteFaults, K11_4_AFenceHoldsThroughATriggersRollback) {
  client_.run("create table t(id integer primary key, v integer)");
  client_.run(
      "create trigger guard before insert on t when new.id = 2 "
      "begin select raise(rollback, 'not this one'); end");
  const auto on = open({{"table", "t"}, {"columns", "v"}, {"fence", "true"}}, Role::kActual);
  auto outcomes = on->apply({Uuid(), 5, creates(3), kFaultWait});
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ(outcomes->at(2).outcome, Outcome::kChanged);
  EXPECT_EQ(client_.list("select cast(token as text) from sideband_fence").at(0), "5");
  outcomes = on->apply({Uuid(), 4, creates(3), kFaultWait});
  EXPECT_EQ(outcomes->at(1).outcome, Outcome::kFenced) << "before any row";
}

TEST_F(SqliteFaults, K11_4_ForeignKeysHoldForOurWrites) {
  client_.run("create table parent(id integer primary key)");
  client_.run(
      "insert into parent select value from json_each('[1,2,4,5,6,7,8,9,10,11,12,13,14,15,"
      "16,17,18,19,20]')");
  client_.run("create table t(id integer primary key references parent(id), v integer)");
  expect_only_these_fail("t", {3});
  const auto parents = open({{"table", "parent"}}, Role::kActual);
  const auto gone =
      apply(*parents, {{"1", ChangeOp::kDelete, State::of_fields({{"id", "1"}}), State::absent()}});
  EXPECT_EQ(gone[0].outcome, Outcome::kFailed) << "a child refers to it";
  EXPECT_EQ(client_.list("select id from parent where id = 1").size(), 1U);
}

TEST_F(SqliteFaults, K11_4_DeferredForeignKeysFailTheirRowsAlone) {
  client_.run("create table parent(id integer primary key)");
  client_.run("insert into parent values(1)");
  client_.run(
      "create table t(id integer primary key, v integer, p integer default 1 "
      "references parent(id) deferrable initially deferred)");
  client_.run(
      "create trigger strays after insert on t when new.id in (4, 11) "
      "begin update t set p = 99 where id = new.id; end");
  expect_only_these_fail("t", {4, 11});
}

// Deferred, so that a row may come before the one that it refers to: that still works.
TEST_F(SqliteFaults, K11_4_RowsOfOneApplyMayReferToEachOther) {
  client_.run(
      "create table t(id integer primary key, v integer "
      "references t(id) deferrable initially deferred)");
  const auto on = open({{"table", "t"}, {"columns", "v"}}, Role::kActual);
  const auto row = [](const char* id, const char* v) {
    return Change{id, ChangeOp::kCreate, State::absent(), State::of_fields({{"id", id}, {"v", v}})};
  };
  auto outcomes = apply(*on, {row("1", "3"), row("2", "77"), row("3", "3")});
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged) << outcomes[0].detail;
  EXPECT_EQ(outcomes[1].outcome, Outcome::kFailed);
  EXPECT_EQ(outcomes[2].outcome, Outcome::kChanged) << outcomes[2].detail;
  EXPECT_EQ(client_.list("select id from t").size(), 2U);
}

TEST_F(SqliteFaults, K11_4_OperationsKeepToForeignKeys) {
  client_.run("create table parent(id integer primary key)");
  client_.run("create table t(id integer primary key references parent(id))");
  TargetSettings target;
  target.connect = {{"path", dir_.path("shop.db")}};
  const auto operation = std::move(driver_.operation(target)).value();
  OperationRequest request;
  request.options = {{"statement", "insert into t values(1)"}};
  const auto reply = operation->run(request);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->outcome.outcome, Outcome::kFailed);
  EXPECT_TRUE(client_.list("select id from t").empty());
}

}  // namespace
}  // namespace sideband
