// What a scan holds back at the server: rows that nobody needs any more are removed while it goes
// on.
#include <atomic>
#include <map>
#include <set>

#include "base/thread.h"
#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

constexpr int kRows = 20'000;
constexpr int kRange = 1'000;

class PostgresVacuum : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (server_ == nullptr) return;
    db_->run(
        "create table prices(id int primary key, amount int) with (autovacuum_enabled = off);"
        "insert into prices select g, g from generate_series(1, " +
        std::to_string(kRows) + ") g; create extension pgstattuple");
    // A range is as large as what was asked for.
    target_.limits.reads_per_second = kRange;
  }
  std::string snapshots() {
    return db_->one(
        "select count(*) from pg_stat_activity where application_name = 'sideband' and datname = "
        "current_database() and (backend_xmin is not null or xact_start is not null)");
  }
};

TEST_F(PostgresVacuum, RemovesDeadRowsWhileAScanGoesOn) {
  const auto rows = table("prices");
  ScanRequest request;
  request.max_items = kRange;
  int scanned = 0;
  for (bool last = false; !last;) {
    const auto page = rows->scan(request);
    ASSERT_TRUE(page.ok()) << page.error().message;
    scanned += static_cast<int>(page->items.size());
    last = page->last;
    request.cursor = page->cursor;
    EXPECT_EQ(snapshots(), "0") << "between two ranges nothing is held";
    db_->run("update prices set amount = amount + 1 where id between " +
             std::to_string(scanned - 100) + " and " + std::to_string(scanned));
    db_->run("vacuum prices");
    EXPECT_EQ(db_->one("select dead_tuple_count from pgstattuple('prices')"), "0") << scanned;
  }
  EXPECT_EQ(scanned, kRows);
}

// Whenever somebody looks, a snapshot of ours belongs to the one statement that reads one range.
TEST_F(PostgresVacuum, SnapshotsAreNeverOlderThanOneRange) {
  const auto rows = table("prices");
  std::atomic<bool> end = false;
  std::atomic<int> seen_in_a_range = 0;
  std::map<std::string, std::set<std::string>> statements;  // by backend and start of transaction
  Thread watcher("watcher", [&] {
    const auto sql = client();
    while (!end) {
      for (const std::string& seen :
           sql->list("select pid || ' ' || xact_start || '|' || query from pg_stat_activity where "
                     "application_name = 'sideband' and datname = current_database() and "
                     "backend_xmin is not null")) {
        statements[seen.substr(0, seen.find('|'))].insert(seen.substr(seen.find('|') + 1));
        ++seen_in_a_range;
      }
      sql->run("update prices set amount = amount + 1 where id = 1");
    }
  });
  EXPECT_TRUE(until([&] {
    const auto items = scan_all(*rows, kRange);
    EXPECT_TRUE(items.ok() && items->size() == kRows);
    return seen_in_a_range > 10;
  }));
  end = true;
  watcher.join();
  for (const auto& [transaction, texts] : statements) {
    EXPECT_EQ(texts.size(), 1U) << transaction;
    const std::string& text = *texts.begin();
    // One range, at the end one look into the index for keys that are NULL, and at the beginning
    // the question which columns there are, which reads no row.
    const bool range = text.starts_with("copy (") && text.find(" limit 1001)") != text.npos;
    const bool columns = text == "select * from \"prices\"";
    EXPECT_TRUE(range || columns || text.ends_with("is null limit 1")) << text;
  }
}

}  // namespace
}  // namespace sideband
