// What a PostgreSQL whose rates are limited sees of us, by its own statistics: statements that
// bring few rows, at even distances, over no more sessions than allowed.
#include <algorithm>
#include <atomic>
#include <set>

#include "base/thread.h"
#include "drivers/postgres/fixture_for_tests.h"
#include "drivers/registry.h"

namespace sideband {
namespace {

// Rows that COPY has brought, all statements together and the largest one.
constexpr const char* kRowsCopied =
    "select coalesce(sum(rows), 0) from pg_stat_statements where query like 'copy (%'";
constexpr const char* kMostRowsCopied =
    "select coalesce(max(rows), 0) from pg_stat_statements where query like 'copy (%'";

// On a server of its own, which counts what each statement brought.
class PostgresSparing : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::make();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    server_->restart({"-c", "shared_preload_libraries=pg_stat_statements"});
    database_ = server_->create_database();
    db_ = client();
    db_->run(
        "create extension pg_stat_statements; create table prices(id int primary key, amount int);"
        "insert into prices select g, g from generate_series(1, 4000) g; analyze prices");
  }
  [[nodiscard]] std::unique_ptr<PostgresClient> client() const {
    return std::make_unique<PostgresClient>(server_->connection_string(database_));
  }
  std::unique_ptr<Collection> open(std::int64_t reads_per_second) {
    TargetSettings target;
    target.name = "shop-db";
    target.driver = "postgres";
    target.connect = {{"host", server_->folder()},
                      {"port", server_->port()},
                      {"dbname", database_},
                      {"user", "sideband"}};
    target.limits.reads_per_second = reads_per_second;
    CollectionSettings settings;
    settings.options = {{"table", "prices"}, {"key", "id"}};
    auto opened = registry_.open(target, settings, Role::kActual);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  static void scan(Collection& on, std::size_t rows) {
    ScanRequest request;
    request.max_items = on.traits().page_items;
    std::size_t found = 0;
    for (bool last = false; !last;) {
      const auto page = on.scan(request);
      ASSERT_TRUE(page.ok()) << page.error().message;
      found += page->items.size();
      request.cursor = page->cursor;
      last = page->last;
    }
    EXPECT_EQ(found, rows);
  }
  std::int64_t number(PostgresClient& at, const char* sql) { return std::stoll(at.one(sql)); }

  std::unique_ptr<PostgresServer> server_;
  std::string database_;
  std::unique_ptr<PostgresClient> db_;
  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};
};

TEST_F(PostgresSparing, AStatementBringsFiveMillisecondsWorthOrWhatIsWorthOne) {
  struct Row {
    std::int64_t reads_per_second, most;
  };
  for (const Row& row : {Row{10'000, 100}, Row{100'000, 500}}) {
    const auto prices = open(row.reads_per_second);
    db_->run("select pg_stat_statements_reset()");
    scan(*prices, 4000);
    EXPECT_LE(number(*db_, kMostRowsCopied), row.most + 1) << "and one that tells of more";
    EXPECT_GE(number(*db_, kRowsCopied), 4000);
  }
}

TEST_F(PostgresSparing, WithoutALimitStatementsStayLarge) {
  const auto prices = open(0);
  db_->run("select pg_stat_statements_reset()");
  scan(*prices, 4000);
  EXPECT_GE(number(*db_, kMostRowsCopied), 1000);
}

// 4,000 a second: in any 100 ms 400 and one call's worth. The bound leaves room for a machine that
// held somebody up for a while; a burst would be all of them.
TEST_F(PostgresSparing, RowsAreSpreadOverTheSecond) {
  const auto prices = open(4000);
  db_->run("select pg_stat_statements_reset()");
  std::atomic<bool> end{false};
  std::vector<std::pair<double, std::int64_t>> seen;  // seconds, rows until then
  Thread watcher("watcher", [&] {
    const auto sql = client();
    while (!end) {
      const auto at = std::stod(sql->one("select extract(epoch from clock_timestamp())"));
      seen.emplace_back(at, number(*sql, kRowsCopied));
    }
  });
  const MonoTime begin = clock_.mono();
  scan(*prices, 4000);
  EXPECT_GE(clock_.mono() - begin, std::chrono::milliseconds(950));
  end = true;
  watcher.join();
  std::int64_t most = 0;
  for (std::size_t from = 0; from < seen.size(); ++from) {
    for (std::size_t i = from; i < seen.size() && seen[i].first < seen[from].first + 0.1; ++i) {
      most = std::max(most, seen[i].second - seen[from].second);
    }
  }
  EXPECT_GT(most, 0);
  EXPECT_LE(most, 1000);
}

// Twenty that open and read at once: whoever looks sees the same two sessions.
TEST_F(PostgresSparing, AStormOfCallersMakesNoMoreSessionsThanAllowed) {
  std::atomic<bool> end{false};
  std::set<std::string> sessions;
  Thread watcher("watcher", [&] {
    const auto sql = client();
    while (!end) {
      for (const std::string& pid :
           sql->list("select pid from pg_stat_activity where application_name = 'sideband'")) {
        sessions.insert(pid);
      }
    }
  });
  std::atomic<int> read{0};
  std::vector<Thread> storm;
  for (int i = 0; i < 20; ++i) {
    storm.emplace_back("caller", [&] {
      const auto one = open(0);
      for (int n = 0; n < 10; ++n) read += one->read({"1", "2", "3"}, kLong).ok() ? 1 : 0;
    });
  }
  storm.clear();
  end = true;
  watcher.join();
  EXPECT_EQ(read, 20 * 10);
  EXPECT_GE(sessions.size(), 1U);
  EXPECT_LE(sessions.size(), 2U);
}

}  // namespace
}  // namespace sideband
