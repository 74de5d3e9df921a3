// Waking by LISTEN and NOTIFY.
#include <fstream>

#include "drivers/postgres/fixture_for_tests.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

class PostgresFeeds : public PostgresTest {
 protected:
  Result<std::unique_ptr<Feed>> try_watch(const DriverOptions& options) {
    CollectionSettings settings;
    settings.options = options;
    return driver_->watch(target_, settings, Role::kDesired);
  }
  std::unique_ptr<Feed> watch() {
    return std::move(try_watch({{"listen", "prices_changed"}})).value();
  }
};

using Keys = std::vector<std::string>;

TEST_F(PostgresFeeds, PayloadsAreKeysWithoutDuplicates) {
  const auto feed = watch();
  EXPECT_FALSE(feed->wait(Duration(0))->any);
  db_->run(
      "begin; select pg_notify('prices_changed', '7'), pg_notify('prices_changed', 'a''b');"
      "commit; notify prices_changed, '7'; notify other_channel, '9'");
  Keys keys;
  while (keys.size() < 2) {
    const auto wake = feed->wait(kLong);
    ASSERT_TRUE(wake.ok() && wake->any && !wake->scan);
    for (const std::string& key : wake->keys) keys.push_back(key);
  }
  EXPECT_EQ(keys, (Keys{"7", "a'b"}));
}

TEST_F(PostgresFeeds, AnEmptyPayloadMeansAScan) {
  const auto feed = watch();
  db_->run("notify prices_changed");
  EXPECT_TRUE(feed->wait(kLong)->scan);
}

TEST_F(PostgresFeeds, ManyKeysComeByWakesOrAsAScan) {
  const auto feed = watch();
  db_->run("select pg_notify('prices_changed', g::text) from generate_series(1, 20000) g");
  std::size_t keys = 0;
  bool scan = false;
  while (!scan && keys < 20'000) {
    const auto wake = feed->wait(kLong);
    ASSERT_TRUE(wake.ok() && wake->any);
    scan = wake->scan;
    keys += wake->keys.size();
    EXPECT_LE(wake->keys.size(), kMaxWakeKeys);
  }
}

TEST_F(PostgresFeeds, LostConnectionIsAnErrorAndTheNextFeedHears) {
  auto feed = watch();
  terminate(
      db_->one("select pid from pg_stat_activity where application_name = 'sideband' and "
               "datname = current_database()"));
  auto wake = feed->wait(kLong);
  while (wake.ok()) wake = feed->wait(kLong);
  EXPECT_EQ(wake.error().retry, Retry::kAfter);
  feed = watch();
  db_->run("notify prices_changed, '3'");
  EXPECT_EQ(feed->wait(kLong)->keys, Keys{"3"});
}

TEST_F(PostgresFeeds, ChannelMustBeNamed) {
  for (const std::string& channel : {std::string(), std::string(64, 'x')}) {
    const auto feed = try_watch({{"listen", channel}});
    ASSERT_FALSE(feed.ok());
    EXPECT_EQ(feed.error().retry, Retry::kPerson);
  }
  EXPECT_TRUE(try_watch({{"listen", "odd \"channel\"; drop"}}).ok());
}

// The trigger that the README offers, as it stands there.
TEST_F(PostgresFeeds, TriggerOfTheReadmeNamesEveryChangedKey) {
  const std::string readme = slurp(SIDEBAND_SOURCE "/src/drivers/postgres/README.md");
  const std::size_t start = readme.find("CREATE FUNCTION");
  ASSERT_NE(start, std::string::npos);
  db_->run("create table prices(id text primary key, amount int)");
  db_->run(readme.substr(start, readme.find("```", start) - start));
  const auto feed = watch();
  const auto wake = [&] { return feed->wait(kLong).value(); };
  db_->run("insert into prices values ('a', 1), ('b', 2)");
  EXPECT_EQ(wake().keys, (Keys{"a", "b"}));
  db_->run("update prices set id = 'c' where id = 'a'");
  EXPECT_EQ(wake().keys, (Keys{"a", "c"}));
  db_->run("delete from prices where id = 'b'");
  EXPECT_EQ(wake().keys, Keys{"b"});
  db_->run("insert into prices values (repeat('x', 8100), 1)");
  EXPECT_TRUE(wake().scan) << "too long for a payload";
  db_->run("truncate prices");
  EXPECT_TRUE(wake().scan);
}

}  // namespace
}  // namespace sideband
