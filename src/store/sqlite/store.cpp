#include "store/sqlite/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "store/columns.h"
#include "store/enum_sql.h"
#include "store/migrate.h"
#include "store/reader_pool.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/folder_lock.h"
#include "store/sqlite/schema.h"

namespace sideband {
namespace {

constexpr int kExitSoftware = 70;  // EX_SOFTWARE of sysexits.h

[[noreturn]] void stop_process(const Error& error) {
  log(LogLevel::kError, "store failed, stopping", {{"error", error.message}});
  ::_exit(kExitSoftware);
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, std::unique_ptr<FolderLock> lock,
              std::unique_ptr<SqliteConnection> writing,
              std::vector<std::unique_ptr<Connection>> readers, const StoreOptions& options)
      : path_(std::move(path)),
        clock_(options.clock),
        lock_(std::move(lock)),
        writing_(std::move(writing)),
        readers_(std::make_unique<ReaderPool>(std::move(readers))),
        writer_(std::make_unique<StoreWriter>(*writing_, options.writer, options.clock,
                                              options.metrics)) {}

  // Readers close before the writer's connection; the goodbye comes last.
  ~SqliteStore() override {
    writer_.reset();
    readers_.reset();
    const bool clean = !writing_->dead();
    writing_.reset();
    if (clean) lock_->released_cleanly();
  }

  void submit(Lane lane, StoreFn fn, StoreDone done) override {
    writer_->submit(lane, std::move(fn), std::move(done));
  }
  Result<void> read(const StoreReadFn& fn) override { return readers_->read(fn); }
  Result<std::int64_t> lease_clock() override { return clock_.mono().time_since_epoch().count(); }
  Result<void> health() override { return writer_->health(); }
  Result<std::int64_t> backup(const std::string& file) override {
    return backup_sqlite(path_, file);
  }

 private:
  const std::string path_;
  const Clock& clock_;
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<SqliteConnection> writing_;
  std::unique_ptr<ReaderPool> readers_;
  std::unique_ptr<StoreWriter> writer_;
};

// The folder with mode 0700, the database file with 0600; SQLite gives its WAL the same mode.
Result<void> prepare_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Error::storage("making state folder " + folder + ": " + std::strerror(errno));
  }
  const std::string path = folder + "/sideband.db";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return Error::storage("opening " + path + ": " + std::strerror(errno));
  ::close(file);
  return {};
}

// quick_check of every table but the leaves: those are many, and the audit log proves them.
Result<void> check_tables(Connection& connection) {
  SB_ASSIGN(const auto tables,
            collect(connection,
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'leaves'", {},
                    [](Columns& row) { return row.text(); }));
  for (const std::string& table : tables) {
    std::string answer;
    SB_TRY(connection.query("SELECT quick_check FROM pragma_quick_check($1)", {table},
                            [&](const Row& row) { answer = row.bytes(0); }));
    if (answer != "ok") {
      return Error::corrupt("table " + table + " of the store is damaged (" + answer +
                            "); restore a backup into a new folder");
    }
  }
  return {};
}

// Leases count microseconds since boot: after another boot all of them have ended.
Result<void> expire_leases_of_other_boots(Connection& connection) {
  const std::string now = boot_id();
  std::string then;
  SB_TRY(connection.query("SELECT id FROM boot", {}, [&](const Row& row) { then = row.bytes(0); }));
  if (then == now) return {};
  SB_TRY(connection.begin(true));
  SB_TRY(connection.execute(
      "UPDATE repairs SET due = -1, lease_until = -1 WHERE state IN (" SB_SQL_RUNNING
      ", " SB_SQL_VALIDATING ", " SB_SQL_COMPENSATING ")",
      {}));
  SB_TRY(connection.execute("UPDATE boot SET id = $1", {now}));
  return connection.commit();
}

Result<void> prepare(Connection& connection, const SqliteOptions& sqlite, bool unclean,
                     WallTime now) {
  if (unclean) SB_TRY(check_tables(connection));
  SB_TRY(migrate(connection, sqlite_migrations(), now));
  SB_TRY(expire_leases_of_other_boots(connection));
  if (sqlite.raise_epoch) return change(connection, "UPDATE tokens SET epoch = epoch + 1", {});
  return {};
}

Result<std::vector<std::unique_ptr<Connection>>> open_readers(SqliteConnectionOptions options,
                                                              int count) {
  options.writes = false;
  std::vector<std::unique_ptr<Connection>> readers;
  for (int i = 0; i < count; ++i) {
    SB_ASSIGN(auto reader, SqliteConnection::open(options));
    readers.push_back(std::move(reader));
  }
  return readers;
}

}  // namespace

Result<MigrationPlan> plan_sqlite_store(const std::string& folder) {
  SqliteConnectionOptions options{folder + "/sideband.db", "", false, stop_process};
  if (::access(options.path.c_str(), F_OK) != 0) {
    return MigrationPlan{0,
                         sqlite_migrations().back().version,
                         {sqlite_migrations().begin(), sqlite_migrations().end()}};
  }
  SB_ASSIGN(const auto connection, SqliteConnection::open(options));
  bool exists = false;
  SB_TRY(connection->query("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'", {},
                           [&](const Row&) { exists = true; }));
  return plan_migrations(*connection, exists, sqlite_migrations());
}

// Cells of the tables that have no rowid are rows; an index's pages count for its table.
Result<StoreStats> stats_of_sqlite_store(const std::string& folder, const CutOf& cut) {
  SB_ASSIGN(const MigrationPlan plan, plan_sqlite_store(folder));
  SB_TRY(check_for_stats(plan, folder + "/sideband.db"));
  SB_ASSIGN(const auto connection,
            SqliteConnection::open({folder + "/sideband.db", "", false, stop_process}));
  StoreStats stats;
  SB_TRY(connection->begin(false));
  SB_TRY(read_table_sizes(*connection,
                          "SELECT m.tbl_name, sum(s.pgsize),"
                          " sum(CASE WHEN m.type = 'table' THEN s.ncell ELSE 0 END)"
                          " FROM dbstat AS s JOIN sqlite_schema AS m ON m.name = s.name"
                          " WHERE s.aggregate = 1 GROUP BY m.tbl_name ORDER BY 2 DESC",
                          stats));
  SB_TRY(
      connection->query("SELECT f.freelist_count * p.page_size"
                        " FROM pragma_freelist_count AS f, pragma_page_size AS p",
                        {}, [&](const Row& row) { stats.free_bytes = row.integer(0); }));
  SB_TRY(count_rows(*connection, cut, stats));
  connection->rollback();
  return stats;
}

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& sqlite,
                                                 const StoreOptions& options) {
  SB_TRY(prepare_folder(sqlite.folder));
  SB_ASSIGN(auto lock, FolderLock::take(sqlite.folder));
  SqliteConnectionOptions connect{sqlite.folder + "/sideband.db", sqlite.vfs, true,
                                  sqlite.on_fatal ? sqlite.on_fatal : stop_process,
                                  sqlite.checkpoint_pages};
  SB_ASSIGN(auto writing, SqliteConnection::open(connect));
  SB_TRY(prepare(*writing, sqlite, lock->was_unclean(), options.clock.wall()));
  SB_ASSIGN(auto readers, open_readers(connect, options.readers));
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(
      connect.path, std::move(lock), std::move(writing), std::move(readers), options));
}

}  // namespace sideband
