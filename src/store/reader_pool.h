// A bounded number of connections for reads. Thread-safe; blocks while all are taken.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

class ReaderPool {
 public:
  explicit ReaderPool(std::vector<std::unique_ptr<Connection>> connections)
      : idle_(std::move(connections)) {}

  // Runs `fn` on a consistent view of committed state.
  Result<void> read(const StoreReadFn& fn) SB_EXCLUDES(mutex_);
  // Lends a connection within a read-only transaction.
  Result<void> lend(const std::function<Result<void>(Connection&)>& use) SB_EXCLUDES(mutex_);

 private:
  std::unique_ptr<Connection> take() SB_EXCLUDES(mutex_);
  void give_back(std::unique_ptr<Connection> connection) SB_EXCLUDES(mutex_);

  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Connection>> idle_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
