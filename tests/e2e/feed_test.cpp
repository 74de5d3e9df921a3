// Drift on either side of two PostgreSQL tables, found and repaired by what a feed says alone.
#include <gtest/gtest.h>

#include <regex>

#include "e2e/daemon.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband::e2e {
namespace {

class Feeds : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    server_->restart(kLogical);
    source_ = server_->create_database();
    copy_ = server_->create_database();
    for (const std::string& database : {source_, copy_}) {
      on(database).run(
          "create table prices(id int primary key, amount int);"
          "insert into prices select g, g from generate_series(1, 50) g;"
          "create publication changes for table prices;"
          "create function notify() returns trigger language plpgsql as $$ begin "
          "perform pg_notify('prices_changed', coalesce(new.id, old.id)::text); "
          "return null; end $$;"
          "create trigger notify after insert or update or delete on prices for each row "
          "execute function notify()");
    }
  }
  PostgresClient on(const std::string& database) {
    return PostgresClient(server_->connection_string(database));
  }
  std::string database(const std::string& name, const std::string& database) {
    return target(name, "postgres",
                  "host: " + server_->folder() + ", port: " + server_->port() +
                      ", dbname: " + database + ", user: sideband");
  }
  void start(const std::string& more = "") {
    const std::string side = ", table: prices, key: id, " + std::string(GetParam()) + more;
    daemon_.configure(database("shop", source_) + database("copy", copy_) +
                      reconciler("prices",
                                 "  mode: auto\n  interval: 1h\n  wake: {targets: [shop, copy]}\n"
                                 "  desired: {target: shop" +
                                     side + "}\n  actual: {target: copy" + side +
                                     "}\n  repair: {prune: true}\n"
                                     "  gates: {cooldown: 0s}\n"));
    ASSERT_NO_FATAL_FAILURE(daemon_.start());
    ASSERT_TRUE(until([&] { return metric("sideband_feed_up", "") == 2; })) << daemon_.log();
  }
  // The sum of the series of a metric that have this label.
  double metric(const std::string& name, const std::string& label) {
    const std::string text = daemon_.call("GET", "/metrics").body;
    const std::regex line(name + "\\{([^}]*)\\} ([0-9.e+]+)");
    double sum = 0;
    for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) {
      if ((*it)[1].str().find(label) != std::string::npos) sum += std::stod((*it)[2]);
    }
    return sum;
  }
  double scans() { return metric("sideband_scans_total", "result=\"ok\""); }
  // Each feed asks for a scan when it begins to listen; until both are over, a change may be found
  // by one of them. A change that was found without one shows that they are.
  void settle() {
    int amount = 1000;
    ASSERT_TRUE(until([&] {
      const double before = scans();
      on(source_).run("update prices set amount = " + std::to_string(++amount) + " where id = 50");
      return amount_of(50, std::to_string(amount)) && scans() == before;
    })) << daemon_.log();
  }
  // Waits until a row of the copy is that.
  bool amount_of(int id, const std::string& amount) {
    auto copy = on(copy_);
    return until([&] {
      return copy.one("select amount from prices where id = " + std::to_string(id)) == amount;
    });
  }

  static inline const std::vector<std::string> kLogical = {"-c", "wal_level=logical"};
  PostgresServer* server_ = nullptr;
  std::string source_, copy_;
  Daemon daemon_;
};

TEST_P(Feeds, FindDriftOnEitherSideWithoutAScan) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_NO_FATAL_FAILURE(settle());
  const double before = scans();
  on(source_).run("update prices set amount = 66 where id = 6");
  EXPECT_TRUE(amount_of(6, "66")) << daemon_.log();
  on(copy_).run("update prices set amount = 0 where id = 7");
  EXPECT_TRUE(amount_of(7, "7")) << daemon_.log();
  on(copy_).run("delete from prices where id = 8");
  EXPECT_TRUE(amount_of(8, "8")) << daemon_.log();
  on(source_).run("delete from prices where id = 9; insert into prices values (60, 60)");
  EXPECT_TRUE(amount_of(60, "60")) << daemon_.log();
  EXPECT_TRUE(amount_of(9, "(none)")) << daemon_.log();
  EXPECT_EQ(scans(), before);
  EXPECT_GE(metric("sideband_feed_wakes_total", "with=\"keys\""), 5);
  EXPECT_EQ(daemon_.stop().code, 0);
}

TEST_P(Feeds, FindWhatHappenedWhileTheTargetWasDown) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_NO_FATAL_FAILURE(settle());
  server_->restart(kLogical);
  on(source_).run("update prices set amount = 11 where id = 3");
  EXPECT_TRUE(amount_of(3, "11")) << daemon_.log();
  EXPECT_EQ(metric("sideband_feed_ends_total", "why=\"lost\""), 2);
}

INSTANTIATE_TEST_SUITE_P(ByListenAndDecoding, Feeds,
                         testing::Values("listen: prices_changed", "publication: changes"),
                         [](const auto& feed) { return feed.index == 0 ? "Listen" : "Decoding"; });

using DecodingAlone = Feeds;

// A transaction that stays open holds the log of the target back; the slot is given up for it, and
// what it did is found by the look that follows the next one.
TEST_P(DecodingAlone, SlotAboveItsLimitIsDroppedAndCounted) {
  ASSERT_NO_FATAL_FAILURE(start(", maxLag: 4MiB"));
  ASSERT_NO_FATAL_FAILURE(settle());
  auto holder = on(source_);
  holder.run("create table other(x int)");
  holder.run("begin; insert into other values (1)");
  on(source_).run("insert into other select g from generate_series(1, 200000) g");
  EXPECT_TRUE(until([&] { return metric("sideband_feed_ends_total", "why=\"lag\"") >= 1; }))
      << daemon_.log();
  EXPECT_TRUE(daemon_.logs("maxLag"));
  holder.run("update prices set amount = 12 where id = 4; commit");
  EXPECT_TRUE(amount_of(4, "12")) << daemon_.log();
}

INSTANTIATE_TEST_SUITE_P(Limit, DecodingAlone, testing::Values("publication: changes"));

}  // namespace
}  // namespace sideband::e2e
