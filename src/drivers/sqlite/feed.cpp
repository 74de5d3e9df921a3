#include "drivers/sqlite/feed.h"

#include <algorithm>

namespace sideband {
namespace {

constexpr Duration kLook = std::chrono::milliseconds(100);
constexpr Duration kPatience = std::chrono::seconds(5);  // for the look itself

}  // namespace

Result<std::unique_ptr<SqliteFeed>> SqliteFeed::open(const std::string& path, const Clock& clock,
                                                     std::unique_ptr<SqliteChanges> changes) {
  SB_ASSIGN(auto db, SqliteDatabase::open(path, SqliteAccess::kRead));
  db->set_deadline(Deadline(clock, kPatience));
  SB_ASSIGN(SqliteStatement pragma, SqliteStatement::prepare(*db, "PRAGMA data_version"));
  if (changes && !changes->tells_keys()) changes.reset();
  std::unique_ptr<SqliteFeed> feed(
      new SqliteFeed(std::move(db), std::move(pragma), std::move(changes), clock));
  SB_ASSIGN(feed->seen_, feed->version());
  SB_TRY(feed->changed());
  return feed;
}

Result<std::int64_t> SqliteFeed::version() {
  db_->set_deadline(Deadline(clock_, kPatience));
  pragma_.reset();
  SB_ASSIGN(const bool row, pragma_.step());
  const std::int64_t version = row ? pragma_.integer(0) : 0;
  pragma_.reset();
  return version;
}

void SqliteFeed::rest(Duration time) {
  const MutexLock lock(mutex_);
  never_.wait_for(mutex_, time);
}

// What somebody committed; nothing where that was to other tables.
Result<Wake> SqliteFeed::changed() {
  if (!changes_) return Wake{true, true, {}};
  SB_ASSIGN(Changed told, changes_->since({mark_, kMaxWakeKeys, kPatience}));
  mark_ = std::move(told.mark);
  if (!told.known) return Wake{true, true, {}};
  return Wake{!told.keys.empty(), false, std::move(told.keys)};
}

Result<Wake> SqliteFeed::wait(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  for (;;) {
    if (db_->replaced()) {
      return Error::unavailable("another file was put in the place of the database");
    }
    SB_ASSIGN(const std::int64_t now, version());
    if (now != seen_) {
      seen_ = now;
      SB_ASSIGN(Wake wake, changed());
      if (wake.any) return wake;
    }
    if (deadline.passed()) return Wake{};
    rest(std::min(kLook, deadline.left()));
  }
}

}  // namespace sideband
