// Keys of several columns: their text, order, types, NULLs.
#include <gtest/gtest.h>

#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using Keys = std::vector<std::string>;

const SystemClock kKeyColumnsClock;
SystemRandom key_columns_random;
constexpr Duration kKeyColumnsLong = std::chrono::seconds(10);

class SqliteKeyColumns : public testing::Test {
 protected:
  SqliteKeyColumns() {
    client_.run(
        "create table stock(n integer, sku text, tenant text collate nocase, shelf integer, "
        "primary key (tenant, sku, shelf))");
    client_.run(
        "insert into stock values(1, 'sku-1', 'acme', 2), (2, 'sku-1', 'acme', 10), "
        "(3, '50%', 'a,b', -1), (4, '', '', 0), (5, '{sku}', 'ä', 0), (6, 'x', 'Bcme', 0)");
  }
  Result<std::unique_ptr<Collection>> try_open(DriverOptions options, Role role) {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"path", dir_.path("shop.db")}};
    CollectionSettings settings;
    settings.options = std::move(options);
    return driver_.open(target, settings, role);
  }
  std::unique_ptr<Collection> stock() {
    return std::move(try_open({{"table", "stock"},
                               {"key", "tenant\nsku\nshelf"},
                               {"keyType", "bytes\nbytes\nint64"}},
                              Role::kActual))
        .value();
  }
  static Result<Keys> keys(Collection& on, std::size_t page) {
    Keys out;
    ScanRequest request;
    request.max_items = page;
    for (bool last = false; !last;) {
      SB_ASSIGN(const ScanPage got, on.scan(request));
      for (const Item& item : got.items) out.push_back(item.key);
      request.cursor = got.cursor;
      last = got.last;
    }
    return out;
  }
  static State read_one(Collection& on, const std::string& key) {
    return std::move(on.read({key}, kKeyColumnsLong)).value().front().state;
  }

  TempDir dir_;
  SqliteClient client_{dir_.path("shop.db")};
  SqliteDriver driver_{{kKeyColumnsClock, key_columns_random}};
};

TEST_F(SqliteKeyColumns, AreOneTextInTheOrderOfTheirColumns) {
  const auto rows = stock();
  const Keys all = {",,0",          "Bcme,x,0",      "a%2Cb,50%25,-1",
                    "acme,sku-1,2", "acme,sku-1,10", "ä,{sku},0"};
  for (const std::size_t page : {1, 2, 100}) {
    const auto found = keys(*rows, page);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(*found, all);
  }
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_TRUE(key_before(rows->traits().order, all[i - 1], all[i]));
  }
  EXPECT_EQ(rows->traits().keys, (KeyForms{KeyForm::kText, KeyForm::kText, KeyForm::kInt64}));
}

TEST_F(SqliteKeyColumns, ReadAndWrite) {
  const auto rows = stock();
  const std::string key = "a%2Cb,50%25,-1";
  const State found = read_one(*rows, key);
  ASSERT_TRUE(found.present());
  Fields want = *decode_fields(found.bytes);
  EXPECT_EQ(want, (Fields{{"n", "3"}, {"sku", "50%"}, {"tenant", "a,b"}, {"shelf", "-1"}}));
  want["n"] = "7";
  const std::vector<Change> changes = {
      {key, ChangeOp::kUpdate, found, State::of_fields(want)},
      {"new,1,5", ChangeOp::kCreate, State::absent(),
       State::of_fields({{"n", "8"}, {"sku", "1"}, {"tenant", "new"}, {"shelf", "5"}})},
      {",,0", ChangeOp::kDelete, read_one(*rows, ",,0"), State::absent()}};
  const auto outcomes = rows->apply({Uuid(), 1, changes, kKeyColumnsLong});
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (const ChangeOutcome& one : *outcomes)
    EXPECT_EQ(one.outcome, Outcome::kChanged) << one.detail;
  EXPECT_EQ(client_.list("select n from stock where n in (4, 7, 8) order by n"), (Keys{"7", "8"}));
  EXPECT_EQ(client_.list("select tenant from stock where n = 8"), Keys{"new"});
}

TEST_F(SqliteKeyColumns, ANullOrAnotherTypeInOneOfThemVoidsTheScan) {
  client_.run("create table loose(tenant text, n)");
  client_.run("insert into loose values('a', 1), ('b', null), ('c', 1)");
  const auto rows = try_open(
      {{"table", "loose"}, {"key", "tenant\nn"}, {"keyType", "bytes\nint64"}}, Role::kDesired);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  auto found = keys(**rows, 1);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().message,
            "key column 'n' must hold whole numbers (keyType: int64), but a row holds NULL");
  client_.run("update loose set n = 'x' where n is null");
  found = keys(**rows, 1);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().retry, Retry::kPerson);
}

TEST_F(SqliteKeyColumns, OneTypeIsThatOfAllOfThem) {
  client_.run("create table numbers(a integer, b integer, unique (a, b))");
  client_.run("insert into numbers values(2, 10), (2, 9), (10, 1)");
  const auto rows = try_open({{"table", "numbers"}, {"key", "a\nb"}}, Role::kDesired);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(*keys(**rows, 2), (Keys{"2,9", "2,10", "10,1"}));
  const auto wrong =
      try_open({{"table", "stock"}, {"key", "tenant\nsku\nshelf"}, {"keyType", "bytes\nint64"}},
               Role::kDesired);
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("has 2 types, and key has 3 columns"), std::string::npos);
}

TEST_F(SqliteKeyColumns, AKeyThatIsNoFieldStaysOutOfTheState) {
  const auto rows = std::move(try_open({{"table", "stock"},
                                        {"key", "tenant\nsku\nshelf"},
                                        {"keyType", "bytes\nbytes\nint64"},
                                        {"columns", "n\nshelf"}},
                                       Role::kActual))
                        .value();
  EXPECT_EQ(rows->traits().columns.size(), 4U) << "columns beside the key, and the key";
  TargetSettings target;
  target.name = "shop-db";
  target.connect = {{"path", dir_.path("shop.db")}};
  CollectionSettings settings;
  settings.options = {
      {"table", "stock"}, {"key", "tenant\nsku\nshelf"}, {"keyType", "bytes\nbytes\nint64"}};
  settings.fields = {{"n", "{n}"}, {"sku", "{sku}"}};
  const auto some = std::move(driver_.open(target, settings, Role::kActual)).value();
  EXPECT_EQ(some->traits().columns, (Keys{"n", "sku"}));
  EXPECT_EQ(*decode_fields(read_one(*some, "acme,sku-1,10").bytes),
            (Fields{{"n", "2"}, {"sku", "sku-1"}}));
  client_.run("insert into stock values(9, '7', 'acme', 1)");
  EXPECT_EQ(*decode_fields(read_one(*some, "acme,7,1").bytes), (Fields{{"n", "9"}, {"sku", "7"}}))
      << "each field has the type of its own column";
}

}  // namespace
}  // namespace sideband
