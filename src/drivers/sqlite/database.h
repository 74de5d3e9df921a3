// One connection to a SQLite file, and statements on it. A thin layer over sqlite3 that turns its
// codes into errors and its blocking into deadlines.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/file_id.h"
#include "base/result.h"

namespace sideband {

enum class SqliteAccess { kRead, kWrite };

// Used by one thread at a time.
class SqliteDatabase {
 public:
  // Never creates the file. kUnavailable where it is not there or is being replaced, kPermission
  // where it may not be opened. A name in double quotes that is no column is an error on every
  // connection, never a text; one that writes keeps to foreign keys.
  static Result<std::unique_ptr<SqliteDatabase>> open(const std::string& path, SqliteAccess access);
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Whether the path leads to another file by now, or to none: what is read here is no longer what
  // the configuration names.
  [[nodiscard]] bool replaced() const { return file_id(path_, Links::kFollow) != id_; }

  // From now on statements are interrupted and locks given up when this deadline passes. The
  // deadline is copied.
  void set_deadline(const Deadline& deadline);

  // Whether the last step ended because a value was larger than a SqliteValueLimit.
  [[nodiscard]] bool too_large() const {
    return (sqlite3_errcode(db_.get()) & 0xff) == SQLITE_TOOBIG;
  }

  // Whether the last step ended because another row holds a value of a unique index.
  [[nodiscard]] bool is_double() const {
    return sqlite3_extended_errcode(db_.get()) == SQLITE_CONSTRAINT_UNIQUE;
  }

  // Runs statements without results, as many as the text holds.
  Result<void> run(const std::string& sql);
  // The last error of the connection as an Error: locks and a full disk are kUnavailable with
  // Retry::kWhenReady, interruptions kTimeout, a constraint's refusal is kConflict; damage, missing
  // tables and missing columns need a person.
  [[nodiscard]] Error error(std::string_view doing) const;

  // False as well where a statement ended the transaction by itself.
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
  // Whether the transaction could not be committed as it is: a deferred foreign key leads nowhere.
  [[nodiscard]] bool owes_keys() const;

  [[nodiscard]] sqlite3* handle() const { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  SqliteDatabase(std::unique_ptr<sqlite3, Close> db, std::string path, FileId id)
      : db_(std::move(db)), path_(std::move(path)), id_(id) {}
  static int on_progress(void* self);

  std::unique_ptr<sqlite3, Close> db_;
  const std::string path_;
  const FileId id_;
  std::optional<Deadline> deadline_;
};

// While it lives a value of more bytes, and of more than 1 MiB, is read by no statement of the
// connection: a step that meets one fails before the value is in memory.
class SqliteValueLimit {
 public:
  SqliteValueLimit(SqliteDatabase& db, std::size_t bytes);
  ~SqliteValueLimit();
  SqliteValueLimit(const SqliteValueLimit&) = delete;
  SqliteValueLimit& operator=(const SqliteValueLimit&) = delete;

 private:
  SqliteDatabase& db_;
  const int before_;
};

// A prepared statement. Must not outlive its database.
class SqliteStatement {
 public:
  // kInvalid for more than one statement in `sql`.
  static Result<SqliteStatement> prepare(SqliteDatabase& db, const std::string& sql);

  // Parameters count from 1. Bytes are copied.
  void bind_int(int at, std::int64_t value);
  void bind_text(int at, std::string_view value);
  void bind_blob(int at, std::string_view value);
  void bind_null(int at);
  void bind_real(int at, double value);
  [[nodiscard]] int parameters() const { return sqlite3_bind_parameter_count(stmt_.get()); }

  // True when there is a row, false at the end.
  Result<bool> step();
  // Makes the statement ready to run again.
  void reset();

  [[nodiscard]] int columns() const { return sqlite3_column_count(stmt_.get()); }
  [[nodiscard]] std::string name(int column) const;
  [[nodiscard]] std::vector<std::string> names() const;
  // How often SQLite prepared it anew because the schema had changed; known after a step.
  [[nodiscard]] int times_prepared_anew() const {
    return sqlite3_stmt_status(stmt_.get(), SQLITE_STMTSTATUS_REPREPARE, 0);
  }
  [[nodiscard]] int type(int column) const { return sqlite3_column_type(stmt_.get(), column); }
  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(stmt_.get(), column);
  }
  // Text or blob as its bytes.
  [[nodiscard]] std::string bytes(int column) const;
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(stmt_.get(), column); }
  [[nodiscard]] bool read_only() const { return sqlite3_stmt_readonly(stmt_.get()) != 0; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* stmt) const { sqlite3_finalize(stmt); }
  };
  SqliteStatement(SqliteDatabase& db, sqlite3_stmt* stmt) : db_(&db), stmt_(stmt) {}

  SqliteDatabase* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> stmt_;
};

}  // namespace sideband
