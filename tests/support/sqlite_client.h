// A SQLite connection of a test's own: a foreign writer that shares no code with the driver.
#pragma once

#include <sqlite3.h>

#include <string>
#include <vector>

#include "base/check.h"

namespace sideband {

// Waits for locks; a failing statement ends the test program. Used by one thread at a time.
class SqliteClient {
 public:
  explicit SqliteClient(const std::string& path) {
    SB_CHECK(sqlite3_open(path.c_str(), &db_) == SQLITE_OK);
    sqlite3_busy_timeout(db_, 30'000);
  }
  ~SqliteClient() { sqlite3_close(db_); }
  SqliteClient(const SqliteClient&) = delete;
  SqliteClient& operator=(const SqliteClient&) = delete;

  void run(const std::string& sql, const std::vector<std::string>& values = {}) {
    list(sql, values);
  }
  // Whether SQLite refuses this statement.
  bool fails(const std::string& sql) {
    return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK;
  }
  // The first column of each row, as bytes. Values are bound as blobs, the first one as text.
  std::vector<std::string> list(const std::string& sql,
                                const std::vector<std::string>& values = {}) {
    sqlite3_stmt* stmt = nullptr;
    SB_CHECK(sqlite3_prepare_v2(db_, sql.c_str(), -1, &stmt, nullptr) == SQLITE_OK);
    for (std::size_t i = 0; i < values.size(); ++i) bind(stmt, static_cast<int>(i), values[i]);
    std::vector<std::string> out;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(stmt, 0));
      out.emplace_back(data == nullptr ? "" : data,
                       static_cast<std::size_t>(sqlite3_column_bytes(stmt, 0)));
    }
    SB_CHECK(code == SQLITE_DONE);
    sqlite3_finalize(stmt);
    return out;
  }

 private:
  static void bind(sqlite3_stmt* stmt, int i, const std::string& value) {
    const int size = static_cast<int>(value.size());
    if (i == 0) {
      sqlite3_bind_text(stmt, 1, value.data(), size, SQLITE_TRANSIENT);
    } else {
      sqlite3_bind_blob(stmt, i + 1, value.data(), size, SQLITE_TRANSIENT);
    }
  }

  sqlite3* db_ = nullptr;
};

}  // namespace sideband
