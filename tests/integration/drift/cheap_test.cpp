// Position and changedSince of real PostgreSQL tables.
#include "support/until.h"
#include "two_tables.h"

namespace sideband {
namespace {

constexpr Duration kLong = std::chrono::seconds(30);

class CheapQuestions : public TwoTables {
 protected:
  std::string position(Collection& on) {
    const auto answer = on.position(kLong);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? *answer : "";
  }
  // The server writes of itself now and then; two answers in a row tell that it rests.
  std::string resting_position(Collection& on) {
    std::string last;
    EXPECT_TRUE(until([&] {
      const std::string now = position(on);
      return std::exchange(last, now) == now && !now.empty();
    }));
    return last;
  }
  std::unique_ptr<Collection> open_with(const DriverOptions& more, const std::string& table) {
    CollectionSettings settings;
    settings.options = {{"table", table}, {"key", "id"}};
    for (const auto& [key, value] : more) settings.options[key] = value;
    auto opened = driver_->open(target_, settings, Role::kActual);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  Changed changed(Collection& on, const std::string& mark) {
    auto answer = on.changed_since({mark, 100, kLong});
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? *answer : Changed{};
  }
  // The first mark that is good for something: no transaction may run meanwhile, also of the
  // server itself.
  std::string first_mark(Collection& on) {
    std::string mark = changed(on, "").mark;
    EXPECT_TRUE(until([&] {
      const Changed answer = changed(on, mark);
      mark = answer.mark;
      return answer.known;
    }));
    return mark;
  }
  std::unique_ptr<PostgresClient> client() {
    return std::make_unique<PostgresClient>(server_->connection_string(database_));
  }
};

TEST_F(CheapQuestions, PositionMovesWithEachWrite) {
  create("id int primary key, v text");
  const auto table = open("want", Role::kDesired);
  EXPECT_TRUE(table->traits().position);
  for (const char* write : {"insert into want values(1, 'a')", "update want set v = 'b'",
                            "delete from want", "truncate want", "alter table want add x int"}) {
    const std::string before = resting_position(*table);
    db_->run(write);
    EXPECT_NE(position(*table), before) << write;
  }
}

TEST_F(CheapQuestions, PositionMovesWhenATransactionEndsThatWroteBefore) {
  create("id int primary key, v text");
  const auto table = open("want", Role::kDesired);
  const auto other = client();
  other->run("begin");
  other->run("insert into want values(1, 'a')");
  const std::string before = resting_position(*table);
  other->run("commit");
  EXPECT_NE(position(*table), before);
}

TEST_F(CheapQuestions, PositionIsUnknownWhereWritesLeaveNoTrace) {
  db_->run("create unlogged table loose(id int primary key)");
  db_->run("create table parent(id int primary key) partition by range(id)");
  db_->run("create table part partition of parent for values from (0) to (10)");
  db_->run("create view seen as select 1 as id");
  EXPECT_EQ(position(*open("loose", Role::kDesired)), "");
  EXPECT_EQ(position(*open("seen", Role::kDesired)), "");
  EXPECT_NE(position(*open("parent", Role::kDesired)), "");
  db_->run("create unlogged table loose_part partition of parent for values from (10) to (20)");
  EXPECT_EQ(position(*open("parent", Role::kDesired)), "");
  CollectionSettings query;
  query.options = {{"query", "select 1 as id, now()::text as at"}, {"key", "id"}};
  const auto opened = driver_->open(target_, query, Role::kDesired);
  ASSERT_TRUE(opened.ok());
  EXPECT_FALSE((*opened)->traits().position);
  EXPECT_EQ(position(**opened), "");
}

TEST_F(CheapQuestions, AnOrdinaryRoleMayAsk) {
  create("id int primary key, v text");
  const std::string role = "reader_" + database_;
  db_->run("create role " + role + " login");
  db_->run("grant select on want to " + role);
  target_.connect["user"] = role;
  EXPECT_NE(position(*open("want", Role::kDesired)), "");
}

TEST_F(CheapQuestions, NewRowsAreNamed) {
  create("id int primary key, v text, at timestamptz not null default now()");
  const auto table = open_with({{"changedSince", "at"}, {"changedOverlap", "0s"}}, "have");
  EXPECT_TRUE(table->traits().changed);
  db_->run("insert into have values(1, 'a', now() - interval '1 day')");
  const std::string mark = first_mark(*table);
  db_->run("insert into have values(2, 'b')");
  db_->run("update have set v = 'quiet' where id = 1");
  const Changed answer = changed(*table, mark);
  EXPECT_TRUE(answer.known);
  EXPECT_EQ(answer.keys, std::vector<std::string>{"2"});
}

// The classic hole: a row whose time is older than a look that could not see it yet.
TEST_F(CheapQuestions, ATransactionThatCommitsLateIsFound) {
  create("id int primary key, v text, at timestamptz not null default now()");
  const auto table = open_with({{"changedSince", "at"}, {"changedOverlap", "0s"}}, "have");
  std::string mark = first_mark(*table);
  const auto late = client();
  late->run("begin");
  late->run("insert into have values(1, 'late')");
  for (int look = 0; look < 3; ++look) {
    db_->run("insert into have values(" + std::to_string(10 + look) + ", 'early')");
    const Changed answer = changed(*table, mark);
    EXPECT_TRUE(answer.known);
    EXPECT_EQ(std::count(answer.keys.begin(), answer.keys.end(), "1"), 0);
    mark = answer.mark;
  }
  late->run("commit");
  EXPECT_EQ(changed(*table, mark).keys.front(), "1");
}

// What runs at the first look may have begun whenever: nothing is known until it has ended.
TEST_F(CheapQuestions, ATransactionOlderThanTheFirstLookMakesTheNextScanAWholeOne) {
  create("id int primary key, v text, at timestamptz not null default now()");
  const auto table = open_with({{"changedSince", "at"}, {"changedOverlap", "0s"}}, "have");
  const auto late = client();
  late->run("begin");
  late->run("insert into have values(1, 'late')");
  std::string mark = changed(*table, "").mark;
  Changed answer = changed(*table, mark);
  EXPECT_FALSE(answer.known);
  late->run("commit");
  EXPECT_TRUE(until([&] {
    mark = answer.mark;
    answer = changed(*table, mark);
    return answer.known;
  }));
  db_->run("insert into have values(2, 'b')");
  EXPECT_EQ(changed(*table, answer.mark).keys.back(), "2");
}

// Rows that were restored, or that another table brings, are older than any mark.
TEST_F(CheapQuestions, K6_3_AMarkIsGoodForItsOwnTableOnly) {
  create("id int primary key, v text, at timestamptz not null default now()");
  const auto table = open_with({{"changedSince", "at"}, {"changedOverlap", "0s"}}, "have");
  const std::string mark = first_mark(*table);
  db_->run("alter table have rename to had");
  db_->run("create table have(id int primary key, v text, at timestamptz not null default now())");
  db_->run("insert into have values(1, 'restored', now() - interval '1 day')");
  const Changed answer = changed(*table, mark);
  EXPECT_FALSE(answer.known);
  EXPECT_NE(answer.mark, "");
  const std::string next = first_mark(*table);
  db_->run("insert into have values(2, 'new')");
  EXPECT_EQ(changed(*table, next).keys, std::vector<std::string>{"2"});
}

TEST_F(CheapQuestions, K6_3_AMarkIsGoodForItsOwnDatabaseOnly) {
  create("id int primary key, v text, at timestamptz not null default now()");
  const std::string mark =
      first_mark(*open_with({{"changedSince", "at"}, {"changedOverlap", "0s"}}, "have"));
  const std::string other = server_->create_database();
  PostgresClient there(server_->connection_string(other));
  there.run("create table have(id int primary key, v text, at timestamptz not null default now())");
  target_.connect["dbname"] = other;
  const auto table = open_with({{"changedSince", "at"}, {"changedOverlap", "0s"}}, "have");
  EXPECT_FALSE(changed(*table, mark).known);
}

TEST_F(CheapQuestions, TheOverlapLooksBack) {
  create("id int primary key, v text, at timestamp not null default (now() at time zone 'utc')");
  const auto table = open_with({{"changedSince", "at"}, {"changedOverlap", "1h"}}, "have");
  const std::string mark = first_mark(*table);
  db_->run("insert into have values(1, 'a', (now() at time zone 'utc') - interval '59 minutes')");
  db_->run("insert into have values(2, 'a', (now() at time zone 'utc') - interval '61 minutes')");
  EXPECT_EQ(changed(*table, mark).keys, std::vector<std::string>{"1"});
}

TEST_F(CheapQuestions, TooManyKeysAreUnknown) {
  create("id int primary key, v text, at timestamptz not null default now()");
  const auto table = open_with({{"changedSince", "at"}}, "have");
  const std::string mark = first_mark(*table);
  db_->run("insert into have select n, 'v' from generate_series(1, 101) n");
  const Changed answer = changed(*table, mark);
  EXPECT_FALSE(answer.known);
  EXPECT_TRUE(answer.keys.empty());
}

TEST_F(CheapQuestions, AColumnThatCannotServeIsAnErrorForAPerson) {
  create("id int primary key, v text");
  for (const char* column : {"v", "nowhere"}) {
    CollectionSettings settings;
    settings.options = {{"table", "have"}, {"key", "id"}, {"changedSince", column}};
    const auto opened = driver_->open(target_, settings, Role::kActual);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().retry, Retry::kPerson);
    EXPECT_NE(opened.error().message.find(column), std::string::npos) << opened.error().message;
  }
  // The column need not be one of those that are compared.
  db_->run("alter table have add at timestamptz");
  CollectionSettings settings;
  settings.options = {{"table", "have"}, {"key", "id"}, {"columns", "v"}, {"changedSince", "at"}};
  EXPECT_TRUE(driver_->open(target_, settings, Role::kActual).ok());
}

}  // namespace
}  // namespace sideband
