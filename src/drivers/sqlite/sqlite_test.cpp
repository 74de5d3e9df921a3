// What is particular to SQLite: queries, types of columns, deadlines, locks, damage.
#include <gtest/gtest.h>

#include <fstream>

#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

const SystemClock kClock;
SystemRandom random_source;
constexpr Duration kLong = std::chrono::seconds(10);

class SqliteTest : public testing::Test {
 protected:
  SqliteTest() {
    client_.run("pragma journal_mode = wal");
    client_.run(
        "create table products(id integer primary key, name text not null, price real, "
        "stock integer check(stock >= 0), photo blob)");
    client_.run(
        "insert into products values(1, 'lamp', 19.5, 3, null), (2, 'desk', 0.1, null, x'00ff'),"
        "(10, 'chair', 100000.0, 9007199254740993, null)");
  }
  Result<std::unique_ptr<Collection>> try_open(DriverOptions options, Role role) {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"path", dir_.path("shop.db")}};
    CollectionSettings settings;
    settings.options = std::move(options);
    return driver_.open(target, settings, role);
  }
  std::unique_ptr<Collection> query(const std::string& sql) {
    return std::move(try_open({{"query", sql}, {"key", "id"}}, Role::kDesired)).value();
  }
  std::unique_ptr<Collection> table(const std::string& columns) {
    return std::move(try_open({{"table", "products"}, {"key", "id"}, {"columns", columns}},
                              Role::kActual))
        .value();
  }
  static Fields fields(const State& state) { return std::move(decode_fields(state.bytes)).value(); }
  static ChangeOutcome apply(Collection& on, const Change& change) {
    const auto outcomes = on.apply({Uuid(), 1, {change}, kLong});
    EXPECT_TRUE(outcomes.ok()) << outcomes.error().message;
    return outcomes->at(0);
  }

  TempDir dir_;
  SqliteClient client_{dir_.path("shop.db")};
  SqliteDriver driver_{{kClock, random_source}};
};

TEST_F(SqliteTest, RowsOfAQueryAreFieldsInKeyOrder) {
  const auto page = query("select id, name, price, stock, photo from products;")->scan({});
  ASSERT_TRUE(page.ok()) << page.error().message;
  ASSERT_EQ(page->items.size(), 3U);
  EXPECT_TRUE(page->last);
  EXPECT_EQ(fields(page->items[0].state),
            (Fields{{"id", "1"}, {"name", "lamp"}, {"price", "19.5"}, {"stock", "3"}}));
  EXPECT_EQ(
      fields(page->items[1].state),
      (Fields{
          {"id", "2"}, {"name", "desk"}, {"price", "0.1"}, {"photo", std::string("\0\xff", 2)}}));
  EXPECT_EQ(page->items[2].key, "10") << "numbers, not text";
  EXPECT_EQ(fields(page->items[2].state).at("price"), "100000");
  EXPECT_EQ(fields(page->items[2].state).at("stock"), "9007199254740993");
}

TEST_F(SqliteTest, WrongQueriesNeedAPerson) {
  for (const char* sql : {"select id from nowhere", "select nothing from products",
                          "delete from products returning id", "select name from products",
                          "select id from products; drop table products", "not sql"}) {
    const auto opened = try_open({{"query", sql}, {"key", "id"}}, Role::kDesired);
    ASSERT_FALSE(opened.ok()) << sql;
    EXPECT_EQ(opened.error().retry, Retry::kPerson) << opened.error().message;
  }
  EXPECT_EQ(client_.list("select id from products").size(), 3U);
}

TEST_F(SqliteTest, KeysThatAreNoneVoidTheScan) {
  EXPECT_FALSE(query("select name as id from products")->scan({}).ok());
  EXPECT_FALSE(query("select null as id from products")->scan({}).ok());
  EXPECT_FALSE(query("select 7 as id from products")->scan({}).ok()) << "one key, three rows";
}

TEST_F(SqliteTest, DuplicatesAcrossPagesAreNoticed) {
  ScanRequest request;
  request.max_items = 1;
  EXPECT_FALSE(query("select 7 as id from products")->scan(request).ok());
}

TEST_F(SqliteTest, WritesKeepTheTypesOfColumns) {
  const auto products = table("price\nstock\nphoto");
  const State found = products->read({"1"}, kLong)->at(0).state;
  const State want =
      State::of_fields({{"id", "1"}, {"price", "20.25"}, {"photo", std::string("\0\1", 2)}});
  EXPECT_EQ(apply(*products, {"1", ChangeOp::kUpdate, found, want}).outcome, Outcome::kChanged);
  EXPECT_EQ(client_.list("select typeof(price) || typeof(stock) || typeof(photo) from products "
                         "where id = 1"),
            std::vector<std::string>{"realnullblob"});
  EXPECT_EQ(client_.list("select name from products where id = 1"),
            std::vector<std::string>{"lamp"});
}

TEST_F(SqliteTest, ValuesThatTheColumnWouldChangeFail) {
  const auto products = table("stock");
  const State found = products->read({"1"}, kLong)->at(0).state;
  const State want = State::of_fields({{"id", "1"}, {"stock", "007"}});
  const auto outcome = apply(*products, {"1", ChangeOp::kUpdate, found, want});
  EXPECT_EQ(outcome.outcome, Outcome::kFailed);
  EXPECT_EQ(client_.list("select stock from products where id = 1"), std::vector<std::string>{"3"});
}

TEST_F(SqliteTest, ConstraintsFailTheirChangeAlone) {
  const auto products = table("stock");
  const auto read = products->read({"1", "10"}, kLong);
  const auto want = [](const char* id, const char* stock) {
    return State::of_fields({{"id", id}, {"stock", stock}});
  };
  const auto outcomes =
      products->apply({Uuid(),
                       1,
                       {{"1", ChangeOp::kUpdate, read->at(0).state, want("1", "-1")},
                        {"10", ChangeOp::kUpdate, read->at(1).state, want("10", "4")},
                        {"11", ChangeOp::kCreate, State::absent(), want("11", "1")}},
                       kLong});
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  EXPECT_EQ(outcomes->at(0).outcome, Outcome::kFailed);
  EXPECT_EQ(outcomes->at(1).outcome, Outcome::kChanged);
  EXPECT_EQ(outcomes->at(2).outcome, Outcome::kFailed) << "name is not null";
}

TEST_F(SqliteTest, SlowQueryEndsAtItsDeadline) {
  const auto endless = query(
      "with recursive n(id) as (select 1 union all select id + 1 from n where id < 1e12) "
      "select id from n where id > 1e11");
  ScanRequest request;
  request.timeout = std::chrono::milliseconds(50);
  const auto page = endless->scan(request);
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.error().code, ErrorCode::kTimeout);
}

TEST_F(SqliteTest, LockedDatabaseIsUnavailableAndUntouched) {
  const auto products = table("stock");
  const State found = products->read({"1"}, kLong)->at(0).state;
  client_.run("begin immediate");
  const State want = State::of_fields({{"id", "1"}, {"stock", "4"}});
  const auto outcomes = products->apply(
      {Uuid(), 1, {{"1", ChangeOp::kUpdate, found, want}}, std::chrono::milliseconds(30)});
  client_.run("rollback");
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(outcomes.error().effect, Effect::kNone);
  EXPECT_EQ(apply(*products, {"1", ChangeOp::kUpdate, found, want}).outcome, Outcome::kChanged);
}

TEST_F(SqliteTest, DamageAndMissingFilesAreTold) {
  spill(dir_.path("shop.db-not"), std::string(4096, 'x'));
  TargetSettings target;
  target.connect = {{"path", dir_.path("shop.db-not")}};
  CollectionSettings settings;
  settings.options = {{"query", "select 1 as id"}, {"key", "id"}};
  const auto damaged = driver_.open(target, settings, Role::kDesired);
  if (damaged.ok()) {
    settings.options["query"] = "select id from products";
    const auto opened = driver_.open(target, settings, Role::kDesired);
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(opened.error().retry, Retry::kPerson);
  }
  target.connect = {{"path", dir_.path("missing.db")}};
  const auto missing = driver_.open(target, settings, Role::kDesired);
  EXPECT_EQ(missing.error().code, ErrorCode::kUnavailable);
}

TEST_F(SqliteTest, DesiredSideCannotWrite) {
  const auto rows = query("select id, name from products");
  EXPECT_FALSE(rows->traits().writable);
  EXPECT_FALSE(rows->apply({Uuid(), 1, {}, kLong}).ok());
}

TEST_F(SqliteTest, FeedSeesCommitsOfOthers) {
  TargetSettings target;
  target.connect = {{"path", dir_.path("shop.db")}};
  const auto feed = std::move(driver_.watch(target, {}, Role::kDesired)).value();
  EXPECT_FALSE(feed->wait(Duration(0))->any);
  client_.run("update products set stock = 5 where id = 1");
  const auto wake = feed->wait(kLong);
  ASSERT_TRUE(wake.ok());
  EXPECT_TRUE(wake->any && wake->scan);
  EXPECT_FALSE(feed->wait(Duration(0))->any);
}

}  // namespace
}  // namespace sideband
