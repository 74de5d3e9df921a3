// Tables with as many columns as SQLite takes: read, compared, written.
// https://www.sqlite.org/limits.html#max_column
#include <gmock/gmock.h>

#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

const SystemClock kWideClock;
SystemRandom wide_random;
constexpr Duration kWideWait = std::chrono::seconds(30);

class SqliteWide : public testing::TestWithParam<int> {
 protected:
  void make_table() {
    std::string made = "create table wide(id integer primary key";
    for (int i = 2; i <= GetParam(); ++i) {
      static constexpr const char* kTypes[] = {"integer", "text", "", "blob"};
      made += ", c" + std::to_string(i) + " " + kTypes[i % 4];
    }
    client_.run(made + ")");
    for (int row = 1; row <= 3; ++row) {
      std::string values = std::to_string(row);
      for (int i = 2; i <= GetParam(); ++i) {
        values += (i + row) % 7 == 0 ? ",null" : "," + std::to_string(i + row);
      }
      client_.run("insert into wide values (" + values + ")");
    }
  }
  // Both sides are SQLite, as `one_driver` says: states tell the classes of values.
  std::unique_ptr<Collection> open(Role role, bool one_driver) {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"path", dir_.path("shop.db")}};
    CollectionSettings settings;
    settings.options = {{"table", "wide"}, {"key", "id"}};
    settings.one_driver = one_driver;
    auto opened = driver_.open(target, settings, role);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  static State state_of(Collection& on, const std::string& key) {
    return on.read({key}, kWideWait)->at(0).state;
  }

  TempDir dir_;
  SqliteClient client_{dir_.path("shop.db")};
  SqliteDriver driver_{{kWideClock, wide_random}};
};

TEST_P(SqliteWide, K11_12_RowsAreReadComparedAndWritten) {
  make_table();
  for (const bool one_driver : {false, true}) {
    const auto rows = open(Role::kActual, one_driver);
    const auto page = rows->scan({});
    ASSERT_TRUE(open(Role::kDesired, one_driver)->scan({}).ok());
    ASSERT_TRUE(page.ok()) << page.error().message;
    ASSERT_EQ(page->items.size(), 3U);
    const State first = state_of(*rows, "1");
    ASSERT_TRUE(first.present()) << first.why;
    EXPECT_TRUE(page->items[0].state.same_as(first));
    Fields want = *decode_fields(first.bytes);
    want["c4"] = "4711";
    const std::string last = "c" + std::to_string(GetParam());
    want.erase(last);
    want.erase("typeof(" + last + ")");
    want.erase("typeof(c4)");
    Fields fresh = *decode_fields(state_of(*rows, "2").bytes);
    fresh["id"] = "9";
    const auto kept = rows->kept({{State::of_fields(want), first}}, kWideWait);
    ASSERT_TRUE(kept.ok()) << kept.error().message;
    const auto outcomes =
        rows->apply({Uuid(),
                     1,
                     {{"1", ChangeOp::kUpdate, first, State::of_fields(want)},
                      {"9", ChangeOp::kCreate, State::absent(), State::of_fields(fresh)}},
                     kWideWait});
    ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
    for (const ChangeOutcome& outcome : *outcomes) {
      EXPECT_EQ(outcome.outcome, Outcome::kChanged) << outcome.detail;
    }
    EXPECT_EQ(client_.list("select c4 from wide where id = 1"), std::vector<std::string>{"4711"});
    client_.run("update wide set c4 = 5 where id = 1");
    client_.run("delete from wide where id = 9");
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, SqliteWide, testing::Values(850, 1590, 1999, 2000));

}  // namespace
}  // namespace sideband
