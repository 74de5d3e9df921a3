#include "store/columns.h"
#include "store/sql_tx.h"

namespace sideband {

// Where other nodes lock too, the row of (target, collection) makes them take turns. That of the
// whole target is shared by those that lock a part of it.
Result<void> SqlTx::lock_space(const RangeLock& lock) {
  if (!db_.shared()) return {};
  if (lock.collection != kWholeTarget) {
    SB_TRY(take_lock_space(lock.target, kWholeTarget,
                           "SELECT 1 FROM lock_spaces WHERE target = $1 AND collection = $2"
                           " FOR SHARE"));
  }
  return take_lock_space(lock.target, lock.collection,
                         "SELECT 1 FROM lock_spaces WHERE target = $1 AND collection = $2"
                         " /*lock*/");
}

// The row is made when it is first needed.
Result<void> SqlTx::take_lock_space(const std::string& target, const std::string& collection,
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

// Whether a lock of the whole target is in the way of this one, or any lock in the way of that.
Result<bool> SqlTx::whole_is_locked(const RangeLock& lock) {
  bool locked = false;
  const auto found = [&](const Row&) { locked = true; };
  if (lock.collection == kWholeTarget) {
    SB_TRY(db_.query("SELECT 1 FROM range_locks WHERE target = $1 AND repair <> $2 LIMIT 1",
                     {lock.target, lock.repair}, found));
  } else {
    SB_TRY(
        db_.query("SELECT 1 FROM range_locks WHERE target = $1 AND collection = $2"
                  " AND repair <> $3 LIMIT 1",
                  {lock.target, std::string(kWholeTarget), lock.repair}, found));
  }
  return locked;
}

Result<bool> SqlTx::try_lock(const RangeLock& lock) {
  SB_TRY(lock_space(lock));
  SB_ASSIGN(bool overlaps, whole_is_locked(lock));
  if (overlaps) return false;
  const auto found = [&](const Row&) { overlaps = true; };
  const Param low = Param::blob(lock.low), high = Param::blob(lock.high);
  // Locks that begin inside; then, of the few that are wider than one key, those that reach in.
  SB_TRY(
      db_.query("SELECT 1 FROM range_locks WHERE target = $1 AND collection = $2"
                " AND low >= $3 AND low <= $4 AND repair <> $5 LIMIT 1",
                {lock.target, lock.collection, low, high, lock.repair}, found));
  SB_TRY(
      db_.query("SELECT 1 FROM range_locks /*wide*/ WHERE target = $1 AND collection = $2"
                " AND low < high AND low < $3 AND high >= $3 AND repair <> $4 LIMIT 1",
                {lock.target, lock.collection, low, lock.repair}, found));
  if (overlaps) return false;
  SB_TRY(
      db_.execute("INSERT INTO range_locks (target, collection, low, high, repair)"
                  " VALUES ($1, $2, $3, $4, $5)"
                  " ON CONFLICT (target, collection, low, repair)"
                  " DO UPDATE SET high = CASE WHEN excluded.high > range_locks.high"
                  " THEN excluded.high ELSE range_locks.high END",
                  {lock.target, lock.collection, low, high, lock.repair}));
  return true;
}

Result<void> SqlTx::unlock(const Uuid& repair) {
  return change(db_, "DELETE FROM range_locks WHERE repair = $1", {repair});
}

}  // namespace sideband
