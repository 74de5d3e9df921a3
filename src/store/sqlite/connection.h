// Connection over SQLite.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "store/connection.h"

namespace sideband {

// Told when the medium failed (SQLITE_IOERR, SQLITE_CORRUPT): after a failed fsync the kernel may
// have dropped the pages, so nothing may be retried. The default in open.h ends the process.
using FatalHandler = std::function<void(const Error&)>;

struct SqliteConnectionOptions {
  std::string path;
  std::string vfs;      // empty = the default
  bool writes = false;  // the one connection that writes and checkpoints; else read-only
  FatalHandler on_fatal;
  int checkpoint_pages = 1000;  // housekeep checkpoints when the WAL has so many
};

class SqliteConnection final : public Connection {
 public:
  static Result<std::unique_ptr<SqliteConnection>> open(SqliteConnectionOptions options);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Result<std::int64_t> execute(Sql sql, Params params) override;
  Result<void> script(const char* text) override;
  Result<void> begin(bool writes) override;
  Result<void> commit() override;
  void rollback() override;
  [[nodiscard]] bool in_transaction() override;
  Result<void> savepoint() override;
  Result<void> end_savepoint(bool keep) override;
  [[nodiscard]] std::uint64_t changes() override;
  [[nodiscard]] Failure last_failure() const override { return failure_; }
  void clear_failure() override { failure_ = Failure::kNone; }
  [[nodiscard]] bool has_other_writers() const override { return false; }
  // After a fatal failure: every later transaction is refused.
  [[nodiscard]] bool dead() const { return dead_; }
  // Checkpoints once the WAL has checkpoint_pages.
  void housekeep() override;

 protected:
  Result<void> run_query(Sql sql, const RowKey* only, Params params, void* context,
                         EachRow each) override;

 private:
  explicit SqliteConnection(SqliteConnectionOptions options) : options_(std::move(options)) {}
  Result<void> configure();
  [[nodiscard]] bool lost_its_file() const;
  Result<sqlite3_stmt*> prepared(Sql sql, Params params);
  Result<void> bind(sqlite3_stmt* statement, Params params);
  Error failed(int code, const char* doing);
  static int after_commit(void* self, sqlite3* db, const char* name, int pages);

  SqliteConnectionOptions options_;
  sqlite3* db_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  Failure failure_ = Failure::kNone;
  int wal_pages_ = 0;        // in the write-ahead log after the last commit
  int next_checkpoint_ = 0;  // not before the log has so many
  bool dead_ = false;        // after a fatal failure: nothing may be retried
};

}  // namespace sideband
