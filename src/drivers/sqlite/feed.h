// Commits to a SQLite file by anybody, seen by PRAGMA data_version.
// https://www.sqlite.org/pragma.html#pragma_data_version
#pragma once

#include <memory>
#include <string>

#include "base/mutex.h"
#include "drivers/sqlite/database.h"
#include "ports/feed.h"

namespace sideband {

// Used by one thread at a time. Looks every 100 ms; a commit is a wake with scan = true, since
// SQLite does not say what changed. Ends with kUnavailable when another file is put in the place of
// this one.
class SqliteFeed final : public Feed {
 public:
  static Result<std::unique_ptr<SqliteFeed>> open(const std::string& path, const Clock& clock);
  Result<Wake> wait(Duration timeout) override;

 private:
  SqliteFeed(std::unique_ptr<SqliteDatabase> db, SqliteStatement pragma, const Clock& clock)
      : db_(std::move(db)), pragma_(std::move(pragma)), clock_(clock) {}
  Result<std::int64_t> version();
  void rest(Duration time);

  std::unique_ptr<SqliteDatabase> db_;  // outlives the statement
  SqliteStatement pragma_;
  const Clock& clock_;
  std::int64_t seen_ = 0;
  Mutex mutex_;
  CondVar never_;
};

}  // namespace sideband
