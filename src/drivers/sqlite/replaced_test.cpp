// A database file that another one takes the place of, while we are connected to it.
#include <gmock/gmock.h>

#include <filesystem>

#include "drivers/sqlite/driver.h"
#include "drivers/sqlite/feed.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

const SystemClock kReplacedClock;
SystemRandom replaced_random;
constexpr Duration kWait = std::chrono::seconds(10);

class SqliteReplaced : public testing::Test {
 protected:
  SqliteReplaced() {
    make("shop.db", "old");
    make("next.db", "new");
  }
  void make(const std::string& file, const std::string& value) {
    SqliteClient client(dir_.path(file));
    client.run("create table t(id integer primary key, v text)");
    client.run("insert into t values(1, '" + value + "')");
  }
  // As a program does that writes a new one beside it and renames.
  void replace() { std::filesystem::rename(dir_.path("next.db"), dir_.path("shop.db")); }
  std::unique_ptr<Collection> open(const std::string& file = "shop.db") {
    TargetSettings target;
    target.name = "shop";
    target.connect = {{"path", dir_.path(file)}};
    CollectionSettings settings;
    settings.options = {{"table", "t"}, {"key", "id"}, {"columns", "v"}};
    return std::move(driver_.open(target, settings, Role::kActual)).value();
  }
  static State value(const std::string& v) { return State::of_fields({{"id", "1"}, {"v", v}}); }
  static State now(Collection& on) { return on.read({"1"}, kWait).value().at(0).state; }

  TempDir dir_;
  SqliteDriver driver_{{kReplacedClock, replaced_random}};
};

TEST_F(SqliteReplaced, K6_1_ReadsAndScansSeeTheNewFile) {
  const auto rows = open();
  EXPECT_TRUE(now(*rows).same_as(value("old")));
  replace();
  EXPECT_TRUE(now(*rows).same_as(value("new")));
  const auto page = rows->scan({});
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_TRUE(page->items.at(0).state.same_as(value("new")));
}

TEST_F(SqliteReplaced, K6_1_AWriteGoesToTheNewFileAndByItsState) {
  const auto rows = open();
  const Change change{"1", ChangeOp::kUpdate, value("old"), value("want")};
  ASSERT_EQ(rows->apply({Uuid(), 1, {change}, kWait})->at(0).outcome, Outcome::kChanged);
  replace();
  EXPECT_EQ(rows->apply({Uuid(), 2, {change}, kWait})->at(0).outcome, Outcome::kRefused)
      << "it holds something else";
  const Change next{"1", ChangeOp::kUpdate, value("new"), value("want")};
  EXPECT_EQ(rows->apply({Uuid(), 3, {next}, kWait})->at(0).outcome, Outcome::kChanged);
  EXPECT_EQ(SqliteClient(dir_.path("shop.db")).list("select v from t").at(0), "want");
}

TEST_F(SqliteReplaced, K6_1_AFileThatIsGoneIsNotRead) {
  const auto rows = open();
  ASSERT_TRUE(now(*rows).present());
  std::filesystem::remove(dir_.path("shop.db"));
  EXPECT_FALSE(rows->read({"1"}, kWait).ok());
  EXPECT_FALSE(rows->scan({}).ok());
  const Change change{"1", ChangeOp::kUpdate, value("old"), value("want")};
  const auto outcomes = rows->apply({Uuid(), 1, {change}, kWait});
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().effect, Effect::kNone);
  EXPECT_EQ(outcomes.error().retry, Retry::kAfter) << "it may come back";
  make("shop.db", "back");
  EXPECT_TRUE(now(*rows).same_as(value("back")));
}

// "current" is a link to the newest.
TEST_F(SqliteReplaced, K6_1_ALinkThatLeadsElsewhereIsFollowed) {
  namespace fs = std::filesystem;
  fs::create_symlink("shop.db", dir_.path("current"));
  const auto rows = open("current");
  EXPECT_TRUE(now(*rows).same_as(value("old")));
  fs::create_symlink("next.db", dir_.path("current.next"));
  fs::rename(dir_.path("current.next"), dir_.path("current"));
  EXPECT_TRUE(now(*rows).same_as(value("new")));
}

TEST_F(SqliteReplaced, K6_1_AFileOfAnotherShapeIsAnError) {
  const auto rows = open();
  ASSERT_TRUE(now(*rows).present());
  SqliteClient other(dir_.path("other.db"));
  other.run("create table t(id integer primary key, w text)");
  std::filesystem::rename(dir_.path("other.db"), dir_.path("shop.db"));
  const auto read = rows->read({"1"}, kWait);
  ASSERT_FALSE(read.ok()) << "no value is taken for absent";
  EXPECT_THAT(read.error().message, HasSubstr("v"));
}

TEST_F(SqliteReplaced, K6_1_TheFeedEndsSoThatItIsOpenedAnew) {
  auto feed = std::move(SqliteFeed::open(dir_.path("shop.db"), kReplacedClock)).value();
  EXPECT_FALSE(feed->wait(std::chrono::milliseconds(10))->any);
  replace();
  const auto woken = feed->wait(kWait);
  ASSERT_FALSE(woken.ok());
  EXPECT_EQ(woken.error().retry, Retry::kAfter);
}

}  // namespace
}  // namespace sideband
