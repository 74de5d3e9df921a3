#include "store/reader_pool.h"

#include "store/sql_tx.h"

namespace sideband {
namespace {

Result<void> read_on(Connection& connection, const StoreReadFn& fn) {
  SB_TRY(connection.begin(false));
  SqlTx tx(connection);
  Result<void> result;
  try {
    result = fn(tx);
  } catch (const std::exception& error) {
    result = Error::internal(std::string("a store read threw: ") + error.what());
  }
  connection.rollback();
  return result;
}

}  // namespace

Result<void> ReaderPool::read(const StoreReadFn& fn) {
  std::unique_ptr<Connection> connection = take();
  connection->clear_failure();
  Result<void> result = read_on(*connection, fn);
  give_back(std::move(connection));
  return result;
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
