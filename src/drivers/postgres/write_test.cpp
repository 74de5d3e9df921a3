// What is particular to changing PostgreSQL: types, constraints, triggers, collations, fences.
#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

class PostgresWrites : public PostgresTest {
 protected:
  void products() {
    db_->run(
        "create table products(id int primary key, name text, stock int check (stock >= 0), price "
        "numeric(9,2)); insert into products select g, 'n' || g, g, g from generate_series(1, 200) "
        "g");
  }
  std::string row(int id) {
    return db_->one(
        "select coalesce(name, '-') || '|' || coalesce(stock::text, '-') || '|' || "
        "coalesce(price::text, '-') from products where id = " +
        std::to_string(id));
  }
};

TEST_F(PostgresWrites, OnlyListedColumnsChangeAndMissingOnesBecomeNull) {
  products();
  const auto rows = table("products", "stock\nprice");
  EXPECT_EQ(apply(*rows, {towards(*rows, "1", {{"price", "2.50"}})})[0].outcome, Outcome::kChanged);
  EXPECT_EQ(row(1), "n1|-|2.50");
  EXPECT_EQ(apply(*rows, {towards(*rows, "300", {{"stock", "7"}})})[0].outcome, Outcome::kChanged);
  EXPECT_EQ(row(300), "-|7|-");
}

TEST_F(PostgresWrites, ValuesThatTheColumnWouldChangeFailAlone) {
  products();
  db_->run("alter table products add short varchar(3)");
  const auto rows = table("products", "stock\nprice\nshort");
  const auto outcomes = apply(
      *rows, {towards(*rows, "1", {{"stock", "007"}}), towards(*rows, "2", {{"price", "1.005"}}),
              towards(*rows, "3", {{"short", "abcd"}}), towards(*rows, "4", {{"stock", "four"}}),
              towards(*rows, "5", {{"short", std::string("a\0b", 3)}}),
              towards(*rows, "6", {{"short", "\xff"}}), towards(*rows, "7", {{"stock", "70"}})});
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(outcomes[i].outcome, Outcome::kFailed) << i;
    EXPECT_FALSE(outcomes[i].detail.empty());
    EXPECT_EQ(
        db_->one("select stock || '|' || price from products where id = " + std::to_string(i + 1)),
        std::to_string(i + 1) + "|" + std::to_string(i + 1) + ".00");
  }
  EXPECT_EQ(outcomes[6].outcome, Outcome::kChanged);
  EXPECT_EQ(db_->one("select stock from products where id = 7"), "70");
}

TEST_F(PostgresWrites, K11_12_ADomainOverBytesIsWrittenAsBytes) {
  db_->run(
      "create domain image as bytea; create domain logo as image;"
      "create table pictures(id int primary key, raw logo, name text);"
      "insert into pictures values (1, '\\x00ff', 'a')");
  const auto rows = table("pictures");
  const std::string bytes("\0\xfe", 2);
  const auto outcomes = apply(*rows, {towards(*rows, "1", {{"raw", bytes}, {"name", "a"}}),
                                      towards(*rows, "2", {{"raw", bytes}, {"name", "b"}})});
  for (const ChangeOutcome& outcome : outcomes) {
    EXPECT_EQ(outcome.outcome, Outcome::kChanged) << outcome.detail;
  }
  EXPECT_EQ(db_->one("select string_agg(encode(raw, 'hex'), ' ') from pictures"), "00fe 00fe");
}

TEST_F(PostgresWrites, K11_12_AnIdentityBesideTheKeyStaysAsItIs) {
  db_->run(
      "create table orders(id int primary key, n int generated always as identity, v text);"
      "insert into orders(id, v) values (1, 'a'), (2, 'b')");
  const auto rows = table("orders");
  const auto outcomes = apply(*rows, {towards(*rows, "1", {{"n", "1"}, {"v", "x"}}),
                                      towards(*rows, "2", {{"n", "99"}, {"v", "y"}}),
                                      towards(*rows, "3", {{"n", "7"}, {"v", "z"}})});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged) << outcomes[0].detail;
  EXPECT_EQ(outcomes[1].outcome, Outcome::kFailed) << "its number cannot be changed";
  EXPECT_EQ(outcomes[2].outcome, Outcome::kChanged) << outcomes[2].detail;
  EXPECT_EQ(db_->one("select string_agg(id || ':' || n || ':' || v, ' ' order by id) from orders"),
            "1:1:x 2:2:b 3:7:z");
}

TEST_F(PostgresWrites, BadRowsFailAloneWhereverTheyAre) {
  products();
  const auto rows = table("products", "stock");
  std::vector<Change> changes;
  for (int i = 1; i <= 200; ++i) {
    const bool bad = i % 37 == 0;
    changes.push_back(towards(*rows, std::to_string(i), {{"stock", bad ? "-1" : "1000"}}));
  }
  changes.push_back(towards(*rows, "201", {{"stock", "-5"}}));
  changes.push_back(towards(*rows, "202", {{"stock", "5"}}));
  const auto outcomes = apply(*rows, changes);
  for (int i = 1; i <= 202; ++i) {
    const bool bad = i % 37 == 0 || i == 201;
    EXPECT_EQ(outcomes[static_cast<std::size_t>(i - 1)].outcome,
              bad ? Outcome::kFailed : Outcome::kChanged)
        << i;
  }
  EXPECT_EQ(db_->one("select count(*) from products where stock = 1000"), "195");
  EXPECT_EQ(db_->one("select count(*) from products where id > 200"), "1");
}

TEST_F(PostgresWrites, DeferredConstraintsFailTheirRowAlone) {
  db_->run(
      "create table shops(id int primary key); insert into shops values (1);"
      "create table items(id int primary key, shop int references shops deferrable initially "
      "deferred)");
  const auto rows = table("items");
  const auto outcomes =
      apply(*rows, {towards(*rows, "1", {{"shop", "1"}}), towards(*rows, "2", {{"shop", "9"}}),
                    towards(*rows, "3", {{"shop", "1"}})});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged);
  EXPECT_EQ(outcomes[1].outcome, Outcome::kFailed);
  EXPECT_EQ(outcomes[2].outcome, Outcome::kChanged);
  EXPECT_EQ(db_->one("select string_agg(id::text, ',' order by id) from items"), "1,3");
}

TEST_F(PostgresWrites, AnotherUniqueColumnFailsItsRowAlone) {
  db_->run(
      "create table codes(id int primary key, code text unique);"
      "insert into codes values (1, 'a')");
  const auto rows = table("codes");
  const auto outcomes =
      apply(*rows, {towards(*rows, "2", {{"code", "a"}}), towards(*rows, "3", {{"code", "b"}})});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kFailed);
  EXPECT_EQ(outcomes[1].outcome, Outcome::kChanged);
}

TEST_F(PostgresWrites, TriggersThatTurnOrHoldAChangeFailItsRowAlone) {
  products();
  db_->run(
      "create function meddle() returns trigger language plpgsql as $$ begin "
      "if new.id = 2 then return null; end if; "
      "if new.id = 3 then new.stock = 999; end if; "
      "if new.id = 4 then raise exception 'not this one'; end if; return new; end $$;"
      "create trigger meddle before update on products for each row execute function meddle()");
  const auto rows = table("products", "stock");
  std::vector<Change> changes;
  for (const char* id : {"1", "2", "3", "4", "5"}) {
    changes.push_back(towards(*rows, id, {{"stock", "77"}}));
  }
  const auto outcomes = apply(*rows, changes);
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(outcomes[i].outcome, Outcome::kFailed) << i;
  EXPECT_EQ(outcomes[3].said, "not this one");
  EXPECT_EQ(outcomes[4].outcome, Outcome::kChanged);
  EXPECT_EQ(db_->one("select string_agg(stock::text, ',' order by id) from products where id < 6"),
            "77,2,3,4,77");
}

TEST_F(PostgresWrites, TriggersOfTheTargetSeeTheRepair) {
  products();
  db_->run(
      "create table audit(repair text, who text);"
      "create function note() returns trigger language plpgsql as $$ begin insert into audit "
      "values (current_setting('sideband.repair', true), current_setting('application_name')); "
      "return null; end $$;"
      "create trigger note after update on products for each row execute function note()");
  const auto rows = table("products", "stock");
  const Uuid repair = Uuid::make(clock_.wall(), random_);
  const Change change = towards(*rows, "1", {{"stock", "5"}});
  ASSERT_TRUE(rows->apply({repair, 1, {change}, kLong}).ok());
  EXPECT_EQ(db_->one("select repair || ' ' || who from audit"), repair.text() + " sideband");
}

// A collation may hold different texts for equal; the precondition does not.
TEST_F(PostgresWrites, GuardComparesBytesNotCollations) {
  db_->run(
      "create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
      "create table words(id text collate nocase primary key, v text collate nocase);"
      "insert into words values ('K', 'VALUE')");
  const auto rows = table("words");
  EXPECT_TRUE(read_one(*rows, "k").absent_for_sure());
  const auto state = [](const char* key, const char* v) {
    return State::of_fields({{"id", key}, {"v", v}});
  };
  const auto outcomes =
      apply(*rows, {{"K", ChangeOp::kUpdate, state("K", "value"), state("K", "new")}});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kRefused);
  const auto other = apply(*rows, {{"k", ChangeOp::kUpdate, state("k", "VALUE"), state("k", "new")},
                                   {"K", ChangeOp::kDelete, state("K", "value"), State::absent()}});
  EXPECT_EQ(other[0].outcome, Outcome::kRefused);
  EXPECT_EQ(other[1].outcome, Outcome::kRefused);
  EXPECT_EQ(db_->one("select id || v from words"), "KVALUE");
}

TEST_F(PostgresWrites, TablesWithoutAUniqueKeyAreNotWritten) {
  db_->run(
      "create table loose(id int, v int); create table partial(id int, v int);"
      "create unique index on partial(id) where v > 0;"
      "create table wide(id int, v int, primary key (id, v));"
      "create table late(id int unique deferrable initially deferred, v int);"
      "create view seen as select * from loose");
  for (const char* name : {"loose", "partial", "wide", "late", "seen", "absent"}) {
    const auto opened = try_open({{"table", name}, {"key", "id"}}, Role::kActual);
    ASSERT_FALSE(opened.ok()) << name;
    EXPECT_EQ(opened.error().retry, Retry::kPerson) << opened.error().message;
  }
  EXPECT_TRUE(try_open({{"table", "loose"}, {"key", "id"}}, Role::kDesired).ok());
}

TEST_F(PostgresWrites, IdentityAndComputedColumns) {
  db_->run(
      "create table computed(id int generated always as identity primary key, n int, twice int "
      "generated always as (n * 2) stored)");
  const auto rows = table("computed");
  EXPECT_EQ(apply(*rows, {towards(*rows, "7", {{"n", "4"}, {"twice", "8"}})})[0].outcome,
            Outcome::kChanged);
  EXPECT_EQ(apply(*rows, {towards(*rows, "7", {{"n", "5"}, {"twice", "11"}})})[0].outcome,
            Outcome::kFailed)
      << "the server computes it";
  EXPECT_EQ(db_->one("select id || '|' || twice from computed"), "7|8");
}

TEST_F(PostgresWrites, FenceNeedsItsTableAndSaysHowToMakeIt) {
  products();
  const DriverOptions options = {{"table", "products"}, {"key", "id"}, {"fence", "our.fence"}};
  const auto missing = try_open(options, Role::kActual);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().retry, Retry::kPerson);
  const std::string& said = missing.error().message;
  const std::size_t at = said.find("CREATE TABLE");
  ASSERT_NE(at, std::string::npos) << said;
  db_->run("create schema our; " + said.substr(at));
  const auto rows = try_open(options, Role::kActual);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_TRUE((*rows)->traits().fenced);
  apply(**rows, {towards(**rows, "1", {{"stock", "5"}})});
  EXPECT_EQ(db_->one("select scope || ' ' || token from our.fence"), "public.products 1");
  EXPECT_FALSE(table("products")->traits().fenced);
}

// Two names of one table are one fence.
TEST_F(PostgresWrites, FenceIsOneHoweverTheTableIsCalled) {
  products();
  db_->run("create table sideband_fence(scope text primary key, token bigint not null)");
  const auto open = [&](const char* name) {
    return std::move(try_open({{"table", name},
                               {"key", "id"},
                               {"columns", "stock"},
                               {"fence", "sideband_fence"}},
                              Role::kActual))
        .value();
  };
  const auto plain = open("products");
  const auto full = open("public.products");
  const Change change = towards(*plain, "1", {{"stock", "5"}});
  ASSERT_TRUE(plain->apply({Uuid(), 20, {}, kLong}).ok());
  EXPECT_EQ(plain->apply({Uuid(), 20, {change}, kLong})->at(0).outcome, Outcome::kChanged);
  EXPECT_EQ(full->apply({Uuid(), 19, {reversed(change)}, kLong})->at(0).outcome, Outcome::kFenced);
}

TEST_F(PostgresWrites, AKeyThatDiffersFromItsFieldIsNotWritten) {
  products();
  const auto rows = table("products", "stock");
  Change change = towards(*rows, "1", {{"stock", "5"}});
  change.want = State::of_fields({{"id", "2"}, {"stock", "5"}});
  EXPECT_EQ(apply(*rows, {change})[0].outcome, Outcome::kFailed);
  EXPECT_EQ(db_->one("select stock from products where id = 1"), "1");
}

TEST_F(PostgresWrites, OneKeyTwiceInARequestIsDoneOnceAtMost) {
  products();
  const auto rows = table("products", "stock");
  const Change change = towards(*rows, "1", {{"stock", "5"}});
  const auto outcomes = apply(*rows, {change, change});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged);
  EXPECT_EQ(outcomes[1].outcome, Outcome::kFailed);
}

}  // namespace
}  // namespace sideband
