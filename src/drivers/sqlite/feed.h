// Commits to a SQLite file by anybody, seen by PRAGMA data_version.
// https://www.sqlite.org/pragma.html#pragma_data_version
#pragma once

#include <memory>
#include <string>

#include "base/mutex.h"
#include "drivers/sqlite/changes.h"
#include "drivers/sqlite/database.h"
#include "ports/feed.h"

namespace sideband {

// Used by one thread at a time. Looks every 100 ms. A commit is a wake with the keys that the
// change log says, if there is one that does, and else with scan = true: SQLite itself does not say
// what changed. Ends with kUnavailable when another file is put in the place of this one.
class SqliteFeed final : public Feed {
 public:
  // `changes` may be null, or tell no keys.
  static Result<std::unique_ptr<SqliteFeed>> open(const std::string& path, const Clock& clock,
                                                  std::unique_ptr<SqliteChanges> changes = nullptr);
  Result<Wake> wait(Duration timeout) override;

 private:
  SqliteFeed(std::unique_ptr<SqliteDatabase> db, SqliteStatement pragma,
             std::unique_ptr<SqliteChanges> changes, const Clock& clock)
      : db_(std::move(db)),
        pragma_(std::move(pragma)),
        changes_(std::move(changes)),
        clock_(clock) {}
  Result<Wake> changed();
  Result<std::int64_t> version();
  void rest(Duration time);

  std::unique_ptr<SqliteDatabase> db_;  // outlives the statement
  SqliteStatement pragma_;
  const std::unique_ptr<SqliteChanges> changes_;
  std::string mark_;  // of what changes_ told last
  const Clock& clock_;
  std::int64_t seen_ = 0;
  Mutex mutex_;
  CondVar never_;
};

}  // namespace sideband
