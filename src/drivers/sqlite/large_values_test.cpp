// Rows with values that are too large to be looked at, and files that are no databases.
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

const SystemClock kLargeClock;
SystemRandom large_random;
constexpr Duration kEnough = std::chrono::seconds(20);

class SqliteLargeValues : public testing::Test {
 protected:
  SqliteLargeValues() {
    client_.run("create table t(id integer primary key, v text)");
    client_.run("insert into t values(1, 'a'), (2, 'b'), (3, 'c')");
  }
  Result<std::unique_ptr<Collection>> open(DriverOptions options, Role role = Role::kActual) {
    TargetSettings target;
    target.name = "shop";
    target.connect = {{"path", dir_.path("shop.db")}};
    CollectionSettings settings;
    settings.options = std::move(options);
    return driver_.open(target, settings, role);
  }
  std::unique_ptr<Collection> table(const std::string& max_size) {
    return std::move(open({{"table", "t"}, {"key", "id"}, {"columns", "v"}, {"maxSize", max_size}}))
        .value();
  }
  void enlarge(int id, const std::string& bytes) {
    client_.run("update t set v = zeroblob(" + bytes + ") where id = " + std::to_string(id));
  }
  // "1 2! 3": keys in order, those that are unknown for their size with a mark.
  static std::string scanned(Collection& on, std::size_t page_items = 1000) {
    std::string out;
    ScanRequest request;
    request.max_items = page_items;
    for (ScanPage page; !page.last; request.cursor = page.cursor) {
      auto next = on.scan(request);
      if (!next.ok()) return next.error().message;
      page = std::move(*next);
      for (const Item& item : page.items) {
        out += (out.empty() ? "" : " ") + item.key + (item.state.known() ? "" : "!");
        EXPECT_TRUE(item.state.known() || item.state.why.find("above maxSize") != std::string::npos)
            << item.state.why;
      }
    }
    return out;
  }

  TempDir dir_;
  SqliteClient client_{dir_.path("shop.db")};
  SqliteDriver driver_{{kLargeClock, large_random}};
};

TEST_F(SqliteLargeValues, K5_6_OnlyTheirRowsAreUnknownWhereverTheyStand) {
  for (const auto& [ids, all] :
       std::vector<std::pair<std::vector<int>, std::string>>{{{1}, "1! 2 3"},
                                                             {{2}, "1 2! 3"},
                                                             {{3}, "1 2 3!"},
                                                             {{1, 2, 3}, "1! 2! 3!"},
                                                             {{}, "1 2 3"}}) {
    client_.run("update t set v = 'small'");
    for (const int id : ids) enlarge(id, "3000000");
    const auto rows = table("2MiB");
    for (const std::size_t page : {1, 2, 3, 1000}) EXPECT_EQ(scanned(*rows, page), all) << page;
  }
}

TEST_F(SqliteLargeValues, K5_6_TheirBytesAreNotRead) {
  enlarge(2, "150000000");
  const auto rows = table("16MiB");
  sqlite3_memory_highwater(1);
  const auto before = sqlite3_memory_used();
  EXPECT_EQ(scanned(*rows), "1 2! 3");
  const auto read = rows->read({"2", "3"}, kEnough);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_FALSE(read->at(0).state.known());
  EXPECT_TRUE(read->at(1).state.present());
  EXPECT_LT(sqlite3_memory_highwater(0) - before, 8'000'000);
}

TEST_F(SqliteLargeValues, K5_6_ManySmallValuesOfARowCountTogether) {
  client_.run("alter table t add column w text");
  client_.run("update t set v = zeroblob(60), w = zeroblob(60) where id = 2");
  const auto rows = std::move(open({{"table", "t"}, {"key", "id"}, {"maxSize", "100B"}})).value();
  EXPECT_EQ(scanned(*rows), "1 2! 3");
}

TEST_F(SqliteLargeValues, K5_6_WhereRowsAreSortedTheOthersAreReadToo) {
  enlarge(2, "3000000");
  const auto rows =
      std::move(
          open({{"query", "select id + 0 as id, v from t"}, {"key", "id"}, {"maxSize", "2MiB"}},
               Role::kDesired))
          .value();
  EXPECT_EQ(scanned(*rows), "1 2! 3");
}

TEST_F(SqliteLargeValues, K5_6_OneThatGrewSinceThePlanIsNotOverwritten) {
  const auto rows = table("2MiB");
  enlarge(2, "3000000");
  const State found = State::of_fields({{"id", "2"}, {"v", "b"}});
  const State want = State::of_fields({{"id", "2"}, {"v", "x"}});
  const auto done = rows->apply({Uuid(), 1, {{"2", ChangeOp::kUpdate, found, want}}, kEnough});
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->at(0).outcome, Outcome::kRefused);
  EXPECT_EQ(client_.list("select length(v) from t where id = 2").at(0), "3000000");
}

TEST_F(SqliteLargeValues, K5_5_APipeInThePlaceOfADatabaseIsRefusedAtOnce) {
  TargetSettings target;
  target.name = "shop";
  target.connect = {{"path", dir_.path("pipe")}};
  ASSERT_EQ(::mkfifo(dir_.path("pipe").c_str(), 0600), 0);
  CollectionSettings settings;
  settings.options = {{"table", "t"}, {"key", "id"}};
  for (const Role role : {Role::kActual, Role::kDesired}) {
    const auto opened = driver_.open(target, settings, role);
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(opened.error().message, HasSubstr("no regular file"));
  }
}

}  // namespace
}  // namespace sideband
