#include "drivers/sqlite/feed.h"

#include <algorithm>

namespace sideband {
namespace {

constexpr Duration kLook = std::chrono::milliseconds(100);
constexpr Duration kPatience = std::chrono::seconds(5);  // for the look itself

}  // namespace

Result<std::unique_ptr<SqliteFeed>> SqliteFeed::open(const std::string& path, const Clock& clock) {
  SB_ASSIGN(auto db, SqliteDatabase::open(path, SqliteAccess::kRead));
  db->set_deadline(Deadline(clock, kPatience));
  SB_ASSIGN(SqliteStatement pragma, SqliteStatement::prepare(*db, "PRAGMA data_version"));
  std::unique_ptr<SqliteFeed> feed(new SqliteFeed(std::move(db), std::move(pragma), clock));
  SB_ASSIGN(feed->seen_, feed->version());
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

Result<Wake> SqliteFeed::wait(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  for (;;) {
    if (db_->replaced()) {
      return Error::unavailable("another file was put in the place of the database");
    }
    SB_ASSIGN(const std::int64_t now, version());
    if (now != seen_) {
      seen_ = now;
      return Wake{true, true, {}};
    }
    if (deadline.passed()) return Wake{};
    rest(std::min(kLook, deadline.left()));
  }
}

}  // namespace sideband
