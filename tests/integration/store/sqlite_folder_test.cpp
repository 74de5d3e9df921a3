// The state folder: who may hold it, what it looks like, and what is refused.
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/metrics.h"
#include "store/sqlite/store.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

namespace fs = std::filesystem;

class SqliteFolder : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> open(bool raise_epoch = false) {
    SqliteOptions sqlite;
    sqlite.folder = folder();
    sqlite.raise_epoch = raise_epoch;
    return open_sqlite_store(sqlite, {.clock = clock_, .metrics = metrics_});
  }
  std::string folder() const { return dir_.path() + "/state"; }

  // Runs SQL on the closed database, as an intruder or another build would.
  void sql(const std::string& text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((folder() + "/sideband.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
  }

  // Tokens of the repairs that one claim gets.
  std::vector<Repair> claim(Store& store) {
    std::vector<Repair> claimed;
    const auto done = store.run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(claimed, tx.claim_repairs({"node", 0, clock_.wall(), std::chrono::hours(1), 10}));
      return {};
    });
    EXPECT_TRUE(done.ok());
    return claimed;
  }
  void insert_repair(Store& store) {
    Repair repair;
    repair.id = Uuid::make(clock_.wall(), random_);
    ASSERT_TRUE(
        store.run(Lane::kControl, [&](StoreTx& tx) { return tx.insert_repair(repair); }).ok());
  }

  ManualClock clock_{from_us(1'700'000'000'000'000)};
  SeededRandom random_{3};
  Metrics metrics_;
  TempDir dir_;
};

TEST_F(SqliteFolder, ASecondProcessIsRefusedByName) {
  auto store = open();
  ASSERT_TRUE(store.ok());
  const auto second = open();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())),
            std::string::npos);
  store->reset();
  EXPECT_TRUE(open().ok());
}

TEST_F(SqliteFolder, OthersMayNotReadIt) {
  ASSERT_TRUE(open().ok());
  const auto owner_only = [](const fs::path& path) {
    return (fs::status(path).permissions() & fs::perms(077)) == fs::perms::none;
  };
  EXPECT_TRUE(owner_only(folder()));
  for (const auto& entry : fs::directory_iterator(folder())) {
    EXPECT_TRUE(owner_only(entry.path())) << entry.path();
  }
}

TEST_F(SqliteFolder, ANewerSchemaIsRefused) {
  ASSERT_TRUE(open().ok());
  sql("INSERT INTO migrations VALUES (99, 0)");
  const auto refused = open();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

TEST_F(SqliteFolder, DamageIsFoundAfterAnUncleanStop) {
  {
    auto store = open();
    ASSERT_TRUE(store.ok());
    for (int i = 0; i < 300; ++i) insert_repair(**store);
  }
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  std::fstream file(folder() + "/sideband.db");
  file.seekp(0, std::ios::end);
  const std::streamoff size = file.tellp();
  for (std::streamoff page = 20 * 4096; page < size; page += 4096) {
    file.seekp(page + 1);
    file.write("\xff\xff\xff\xff\xff\xff", 6);
  }
  file.close();
  std::ofstream(folder() + "/lock") << "1";
  int fatal = 0;
  SqliteOptions sqlite;
  sqlite.folder = folder();
  sqlite.on_fatal = [&](const Error&) { ++fatal; };
  const auto refused = open_sqlite_store(sqlite, {.clock = clock_, .metrics = metrics_});
  EXPECT_FALSE(refused.ok());
}

TEST_F(SqliteFolder, AnotherBootEndsAllLeases) {
  {
    auto store = open();
    insert_repair(**store);
    EXPECT_EQ(claim(**store).size(), 1U);
    EXPECT_TRUE(claim(**store).empty());
  }
  {
    auto store = open();
    EXPECT_TRUE(claim(**store).empty());
  }
  sql("UPDATE boot SET id = 'earlier'");
  auto store = open();
  EXPECT_EQ(claim(**store).size(), 1U);
}

TEST_F(SqliteFolder, ARaisedEpochPutsTokensAboveAllEarlierOnes) {
  std::uint64_t before = 0;
  {
    auto store = open();
    insert_repair(**store);
    before = claim(**store).at(0).token;
  }
  auto store = open(true);
  insert_repair(**store);
  EXPECT_EQ(claim(**store).at(0).token >> 40U, (before >> 40U) + 1);
}

TEST_F(SqliteFolder, AKilledProcessLeavesAUsableFolder) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = open();
    insert_repair(**store);
    const RangeLock lock{"target", "collection", "a", "z", Uuid::make(clock_.wall(), random_)};
    const auto locked = (*store)->run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
      SB_ASSIGN(const bool got, tx.try_lock(lock));
      return got ? Result<void>() : Error::conflict("somebody else has it");
    });
    ::_exit(locked.ok() ? 0 : 1);  // without closing anything
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  auto store = open();
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_EQ(claim(**store).size(), 1U);
}

}  // namespace
}  // namespace sideband
