#include "store/range_locks.h"

#include "store/columns.h"

namespace sideband {
namespace {

// A lock of one key, where no other repair has a lock of it, a wider one around it, or one of the
// whole target.
const RowStatement kLockOneKey =
    RowStatement::insert_where(StoreTable::kRangeLocks, 6, "target, collection, low, high, repair",
                               "NOT EXISTS (SELECT 1 FROM range_locks WHERE target = $1"
                               " AND collection = $2 AND low = $3 AND repair <> $5)"
                               " AND NOT EXISTS (SELECT 1 FROM range_locks WHERE target = $1"
                               " AND collection = $2 AND low < high AND low < $3 AND high >= $3"
                               " AND repair <> $5)"
                               " AND NOT EXISTS (SELECT 1 FROM range_locks WHERE target = $1"
                               " AND collection = $6 AND repair <> $5)",
                               "target, collection, low, repair");
const RowStatement kUnlock = RowStatement::erase(StoreTable::kRangeLocks, "repair");

}  // namespace

// The row is made when it is first needed.
Result<void> RangeLocks::take_lock_space(const std::string& target, const std::string& collection,
                                         Sql take) {
  bool there = false;
  const auto found = [&](const Row&) { there = true; };
  SB_TRY(db_.query(take, {target, collection}, found));
  if (there) return {};
  SB_TRY(
      db_.execute("INSERT INTO lock_spaces (target, collection) VALUES ($1, $2)"
                  " ON CONFLICT (target, collection) DO NOTHING",
                  {target, collection}));
  return db_.query(take, {target, collection}, found);
}

// Where other nodes lock too, the row of (target, collection) makes them take turns. That of the
// whole target is shared by those that lock a part of it.
Result<void> RangeLocks::lock_space(const RangeLock& lock) {
  if (!db_.has_other_writers() || !spaces_.emplace(lock.target, lock.collection).second) return {};
  const std::string whole(kWholeTarget);
  if (lock.collection != whole && spaces_.emplace(lock.target, whole).second) {
    SB_TRY(take_lock_space(lock.target, whole,
                           "SELECT 1 FROM lock_spaces WHERE target = $1 AND collection = $2"
                           " FOR SHARE"));
  }
  return take_lock_space(lock.target, lock.collection,
                         "SELECT 1 FROM lock_spaces WHERE target = $1 AND collection = $2"
                         " /*lock*/");
}

// Overlaps are locks that begin inside, and, of the few that are wider than one key, those that
// reach in; a lock of the whole target overlaps with every one of it.
Result<bool> RangeLocks::try_lock(const RangeLock& lock, bool free) {
  SB_TRY(lock_space(lock));
  const bool one_key = lock.low == lock.high && lock.collection != kWholeTarget;
  const bool guess = free && one_key && db_.has_other_writers() && when_ == WriteRows::kAtEnd;
  if (guess && guessed_.insert(lock.collection + '\0' + lock.low).second) {
    SB_TRY(lock_optimistically(lock));
    return true;
  }
  const Param low = Param::blob(lock.low), high = Param::blob(lock.high);
  SB_ASSIGN(const std::int64_t taken,
            db_.execute(
                "INSERT INTO range_locks (target, collection, low, high, repair)"
                " SELECT $1, $2, $3, $4, $5"
                " WHERE NOT EXISTS (SELECT 1 FROM range_locks WHERE target = $1"
                " AND collection = $2 AND low >= $3 AND low <= $4 AND repair <> $5)"
                " AND NOT EXISTS (SELECT 1 FROM range_locks /*wide*/ WHERE target = $1"
                " AND collection = $2 AND low < high AND low < $3 AND high >= $3"
                " AND repair <> $5)"
                " AND NOT EXISTS (SELECT 1 FROM range_locks WHERE target = $1"
                " AND collection = $6 AND repair <> $5)"
                " AND NOT EXISTS (SELECT 1 FROM range_locks WHERE $2 = $6"
                " AND target = $1 AND repair <> $5)"
                " ON CONFLICT (target, collection, low, repair)"
                " DO UPDATE SET high = CASE WHEN excluded.high > range_locks.high"
                " THEN excluded.high ELSE range_locks.high END",
                {lock.target, lock.collection, low, high, lock.repair, std::string(kWholeTarget)}));
  return taken == 1;
}

// One statement for those of a whole group, without waiting for an answer. It does not see its own
// rows, so a key is guessed once.
Result<void> RangeLocks::lock_optimistically(const RangeLock& lock) {
  const auto missed = [] { return Error::conflict("another repair works on these resources"); };
  const Param low = Param::blob(lock.low), high = Param::blob(lock.high);
  return db_.post_row(
      kLockOneKey, lock.repair.bytes(),
      {lock.target, lock.collection, low, high, lock.repair, std::string(kWholeTarget)}, missed);
}

Result<std::vector<RangeLock>> RangeLocks::locks(const Uuid& repair, std::int64_t limit) {
  const auto take = [](Columns& row) {
    RangeLock lock;
    lock.target = row.text();
    lock.collection = row.text();
    lock.low = row.text();
    lock.high = row.text();
    lock.repair = row.uuid();
    return lock;
  };
  if (repair.empty()) {
    return collect(db_,
                   "SELECT target, collection, low, high, repair FROM range_locks"
                   " ORDER BY target, collection, low LIMIT $1",
                   {limit}, take);
  }
  return collect(db_,
                 "SELECT target, collection, low, high, repair FROM range_locks WHERE repair = $1"
                 " ORDER BY target, collection, low LIMIT $2",
                 {repair, limit}, take);
}

Result<void> RangeLocks::unlock(const Uuid& repair) {
  return db_.post_row(kUnlock, repair.bytes(), {repair});
}

}  // namespace sideband
