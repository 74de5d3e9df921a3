#include "rehearsal/memory_store.h"

#include <span>

#include "base/check.h"
#include "store/migrate.h"
#include "store/sql_tx.h"
#include "store/sqlite/schema.h"

namespace sideband::sim {
namespace {

constexpr Duration kCommit = std::chrono::microseconds(200);

std::unique_ptr<SqliteConnection> open_memory() {
  auto opened =
      SqliteConnection::open({":memory:", "", true, [](const Error&) { SB_CHECK(false); }});
  SB_CHECK(opened.ok());
  return std::move(*opened);
}

}  // namespace

MemoryStore::MemoryStore(Process& process, const Clock& clock)
    : process_(process), clock_(clock), connection_(open_memory()) {
  SB_CHECK(migrate(*connection_, sqlite_migrations(), clock.wall()).ok());
  groups_ = std::make_unique<GroupRunner>(*connection_);
}

std::vector<Result<void>> MemoryStore::commit(std::vector<StoreJob>& jobs) {
  std::vector<Result<void>> results;
  while (results.size() < jobs.size()) {
    auto some =
        groups_->run(std::span(jobs).subspan(results.size()), [](std::size_t) { return false; });
    std::move(some.begin(), some.end(), std::back_inserter(results));
  }
  return results;
}

void MemoryStore::submit(Lane /*lane*/, StoreFn fn, StoreDone done) {
  waiting_.push_back({std::move(fn), std::move(done)});
  if (waiting_.size() == 1) process_.post(kCommit, [this] { commit_waiting(); });
}

void MemoryStore::commit_waiting() {
  std::vector<StoreJob> jobs = std::exchange(waiting_, {});
  const std::vector<Result<void>> results = commit(jobs);
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].done(results[i]);
}

Result<void> MemoryStore::run(Lane /*lane*/, StoreFn fn) {
  std::vector<StoreJob> jobs;
  jobs.push_back({std::move(fn), {}});
  return commit(jobs).front();
}

Result<void> MemoryStore::read(const StoreReadFn& fn) {
  connection_->clear_failure();
  SB_TRY(connection_->begin(false));
  SqlTx tx(*connection_);
  Result<void> result = fn(tx);
  connection_->rollback();
  return result;
}

}  // namespace sideband::sim
