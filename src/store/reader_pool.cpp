#include "store/reader_pool.h"

#include "store/sql_tx.h"

namespace sideband {
namespace {

Result<void> use_in_transaction(Connection& connection,
                                const std::function<Result<void>(Connection&)>& use) {
  connection.clear_failure();
  SB_TRY(connection.begin(false));
  Result<void> result;
  try {
    result = use(connection);
  } catch (const std::exception& error) {
    result = Error::internal(std::string("a store read threw: ") + error.what());
  }
  connection.rollback();
  return result;
}

}  // namespace

Result<void> ReaderPool::lend(const std::function<Result<void>(Connection&)>& use) {
  std::unique_ptr<Connection> connection = take();
  Result<void> result = use_in_transaction(*connection, use);
  give_back(std::move(connection));
  return result;
}

Result<void> ReaderPool::read(const StoreReadFn& fn) {
  return lend([&](Connection& connection) {
    SqlTx tx(connection);
    return fn(tx);
  });
}

std::unique_ptr<Connection> ReaderPool::take() {
  const MutexLock lock(mutex_);
  while (idle_.empty()) returned_.wait(mutex_);
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
  const MutexLock lock(mutex_);
  idle_.push_back(std::move(connection));
  returned_.notify_one();
}

}  // namespace sideband
