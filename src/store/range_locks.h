// Range locks of repairs on the keys of targets.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ports/store.h"
#include "store/connection.h"
#include "store/row_cache.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it. What it has locked itself
// it need not lock again, until a savepoint is rolled back (forget).
class RangeLocks {
 public:
  // kAtEnd: a lock that is most likely free may be taken without waiting for the answer.
  RangeLocks(Connection& db, WriteRows when) : db_(db), when_(when) {}

  Result<bool> try_lock(const RangeLock& lock, bool free);
  Result<void> unlock(const Uuid& repair);
  Result<std::vector<RangeLock>> locks(const Uuid& repair, std::int64_t limit);
  void forget() {
    spaces_.clear();
    guessed_.clear();
  }

 private:
  Result<void> lock_space(const RangeLock& lock);
  Result<void> lock_optimistically(const RangeLock& lock);
  Result<void> take_lock_space(const std::string& target, const std::string& collection, Sql take);

  Connection& db_;
  const WriteRows when_;
  std::set<std::pair<std::string, std::string>> spaces_;  // locked, of (target, collection)
  std::set<std::string> guessed_;                         // keys locked by a guess
};

}  // namespace sideband
