#include "simulation/sim_store.h"

#include "base/check.h"
#include "simulation/planted_store.h"
#include "store/migrate.h"
#include "store/sql_tx.h"
#include "store/sqlite/schema.h"

namespace sideband::sim {
namespace {

std::unique_ptr<SqliteConnection> open(const std::string& path, bool writes) {
  auto opened = SqliteConnection::open({path, "", writes, [](const Error&) { SB_CHECK(false); }});
  SB_CHECK(opened.ok());
  return std::move(*opened);
}

std::shared_ptr<sqlite3> open_raw(const std::string& path) {
  sqlite3* database = nullptr;
  SB_CHECK(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  return {database, sqlite3_close};
}

void copy_all(sqlite3& from, sqlite3& to) {
  sqlite3_backup* copy = sqlite3_backup_init(&to, "main", &from, "main");
  SB_CHECK(copy != nullptr);
  SB_CHECK(sqlite3_backup_step(copy, -1) == SQLITE_DONE);
  SB_CHECK(sqlite3_backup_finish(copy) == SQLITE_OK);
}

Error lost(Effect effect) {
  return {ErrorCode::kUnavailable, "the store did not answer", Retry::kAfter, effect};
}

}  // namespace

SimDatabase::SimDatabase(Scheduler& scheduler, Faults& faults, Bug bug, const std::string& path)
    : scheduler_(scheduler),
      faults_(faults),
      bug_(bug),
      path_(path),
      connection_(open(path, true)) {
  // Nothing here outlives the process, so the disk need not be waited for.
  SB_CHECK(connection_->script("PRAGMA synchronous = OFF").ok());
  SB_CHECK(migrate(*connection_, sqlite_migrations(), true_wall(scheduler.now())).ok());
  reader_ = open(path, false);
  groups_ = std::make_unique<GroupRunner>(*connection_);
}

std::vector<Result<void>> SimDatabase::commit(std::vector<StoreJob>& jobs) {
  if (down() || faults_.strikes(Fault::kStoreLost, 0.01)) {
    return {jobs.size(), lost(Effect::kNone)};
  }
  for (StoreJob& job : jobs) {
    job.fn = plant(bug_, std::move(job.fn));
    if (bug_ == Bug::kLostCommit && scheduler_.chance(0.02)) job.fn = lose(std::move(job.fn));
  }
  const std::uint64_t before = connection_->changes();
  std::vector<Result<void>> results;
  while (results.size() < jobs.size()) {
    // A group may end early; the rest makes the next one, as the writer does it.
    auto some =
        groups_->run(std::span(jobs).subspan(results.size()), [](std::size_t) { return false; });
    std::move(some.begin(), some.end(), std::back_inserter(results));
  }
  for (Result<void>& result : results) {
    if (was_lost(result)) result = {};
  }
  connection_->housekeep();
  if (watcher_ && connection_->changes() != before) watcher_();
  if (faults_.strikes(Fault::kStoreMaybe, 0.01)) return {jobs.size(), lost(Effect::kMaybe)};
  return results;
}

Result<void> SimDatabase::look(const StoreReadFn& fn) {
  reader_->clear_failure();
  SB_TRY(reader_->begin(false));
  SqlTx tx(*reader_);
  Result<void> result = fn(tx);
  reader_->rollback();
  return result;
}

std::int64_t SimDatabase::clock() const {
  return to_us(true_wall(scheduler_.now()));
}

StoreSnapshot SimDatabase::snapshot() {
  StoreSnapshot made{open_raw(":memory:"), 0};
  copy_all(*open_raw(path_), *made.database);
  const auto read = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(const AuditHead head, store.audit_head());
    made.leaves = head.size;
    return {};
  };
  SB_CHECK(look(read).ok());
  return made;
}

void SimDatabase::set_back(const StoreSnapshot& snapshot) {
  copy_all(*snapshot.database, *open_raw(path_));
}

Duration SimStore::latency() {
  Scheduler& scheduler = database_.scheduler();
  if (database_.faults().strikes(Fault::kStoreSlow, 0.003)) {
    return scheduler.between(std::chrono::seconds(1), std::chrono::seconds(40));
  }
  return scheduler.between(Duration(200), Duration(3000));
}

// One commit at a time for a process; what comes meanwhile shares the next one.
void SimStore::submit(Lane, StoreFn fn, StoreDone done) {
  waiting_.push_back({std::move(fn), std::move(done)});
  if (committing_) return;
  committing_ = true;
  process_.post(latency(), [this] { commit(); });
}

void SimStore::commit() {
  std::vector<StoreJob> jobs = std::exchange(waiting_, {});
  const std::vector<Result<void>> results = database_.commit(jobs);
  const Duration answer = database_.scheduler().between(Duration(50), Duration(1500));
  process_.post(answer, [this, jobs, results] {
    committing_ = !waiting_.empty();
    if (committing_) process_.post(latency(), [this] { commit(); });
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].done(results[i]);
  });
}

Result<void> SimStore::run(Lane, StoreFn fn) {
  process_.block(latency());
  std::vector<StoreJob> jobs;
  jobs.push_back({std::move(fn), {}});
  Result<void> result = database_.commit(jobs).front();
  process_.block(database_.scheduler().between(Duration(50), Duration(1500)));
  return result;
}

Result<void> SimStore::read(const StoreReadFn& fn) {
  process_.block(database_.scheduler().between(Duration(50), Duration(2000)));
  if (database_.down()) return lost(Effect::kNone);
  return database_.look(plant_read(database_.bug(), fn));
}

Result<std::int64_t> SimStore::lease_clock() {
  process_.block(database_.scheduler().between(Duration(50), Duration(2000)));
  if (database_.down()) return lost(Effect::kNone);
  return database_.clock();
}

}  // namespace sideband::sim
