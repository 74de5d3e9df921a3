#include "store/group.h"

#include "store/sql_tx.h"

namespace sideband {
namespace {

constexpr int kMaxTries = 6;

// An exception of a function is a bug of its author, not a reason to lose the writer.
Result<void> call(const StoreFn& fn, SqlTx& tx) {
  try {
    return fn(tx);
  } catch (const std::exception& error) {
    return Error::internal(std::string("a store function threw: ") + error.what());
  }
}

}  // namespace

std::vector<Result<void>> GroupRunner::run(std::span<StoreJob> jobs, const Stop& stop) {
  Results results;
  results.reserve(jobs.size());
  Mode mode = Mode::kPlain;
  for (int tries = 0; tries < kMaxTries; ++tries) {
    const GroupOutcome outcome = attempt(jobs, stop, mode, results);
    if (outcome == GroupOutcome::kCommitted || outcome == GroupOutcome::kGivenUp) return results;
    const bool alone = results.size() == 1 && db_.last_failure() != Failure::kBatchFailed;
    if (alone && outcome != GroupOutcome::kRunAgain) return results;
    ++reruns_;
    if (outcome == GroupOutcome::kRunAgain && pause_) pause_(tries + 1);
    if (outcome == GroupOutcome::kSingly) return run_singly(jobs.first(results.size()));
    if (outcome == GroupOutcome::kWithSavepoints) mode = Mode::kSavepoints;
  }
  return results;
}

GroupRunner::Results GroupRunner::run_singly(std::span<StoreJob> jobs) {
  Results results;
  results.reserve(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    results.push_back(run(jobs.subspan(i, 1), [](std::size_t) { return false; }).front());
  }
  return results;
}

GroupRunner::GroupOutcome GroupRunner::attempt(std::span<StoreJob> jobs, const Stop& stop,
                                               Mode mode, Results& results) {
  results.clear();
  db_.clear_failure();
  SqlTx tx(db_, mode == Mode::kPlain ? WriteRows::kAtEnd : WriteRows::kAtOnce);
  if (Result<void> begun = db_.begin(true); !begun.ok()) {
    results.push_back(begun);
    return abandon(mode, begun.error(), results);
  }
  if (mode == Mode::kPlain) {
    if (Result<void> read = tx.prefetch_drifts(jobs); !read.ok()) {
      results.push_back(read);
      return abandon(mode, read.error(), results);
    }
  }
  for (std::size_t i = 0; i < jobs.size() && (i == 0 || !stop(i)); ++i) {
    if (!run_job(jobs[i], mode, tx, results.emplace_back())) {
      return abandon(mode, results.back().error(), results);
    }
  }
  if (Result<void> posted = db_.flush(); !posted.ok()) {
    return abandon(mode, posted.error(), results);
  }
  return finish(tx, results);
}

// False when the transaction cannot go on as it is.
bool GroupRunner::run_job(const StoreJob& job, Mode mode, SqlTx& tx, Result<void>& result) {
  const std::size_t staged = tx.staged();
  const std::uint64_t changes = db_.changes() + tx.rows_put();
  if (mode == Mode::kSavepoints) {
    result = db_.savepoint();
    if (!result.ok()) return false;
  }
  result = call(job.fn, tx);
  if (mode == Mode::kSavepoints && result.ok()) result = db_.flush();
  if (result.ok() && db_.last_failure() != Failure::kNone) {
    result = Error::internal("a store function went on after a failed statement");
  }
  if (mode == Mode::kSavepoints) {
    const bool kept = result.ok();
    if (!kept) tx.drop_staged_after(staged);
    if (!kept) tx.forget_reads();
    const Result<void> ended = db_.in_transaction() ? db_.end_savepoint(kept) : result;
    if (ended.ok()) db_.clear_failure();
    if (!ended.ok()) result = ended;
    return ended.ok();
  }
  if (result.ok()) return true;
  tx.drop_staged_after(staged);
  return db_.last_failure() == Failure::kNone && db_.changes() + tx.rows_put() == changes;
}

GroupRunner::GroupOutcome GroupRunner::finish(SqlTx& tx, Results& results) {
  Result<void> done = tx.finish();
  if (done.ok()) done = db_.commit();
  if (done.ok()) return GroupOutcome::kCommitted;
  return abandon(Mode::kSavepoints, done.error(), results);
}

// Rolls back; every function that had gone well now failed for the same reason.
GroupRunner::GroupOutcome GroupRunner::abandon(Mode mode, const Error& error, Results& results) {
  const Failure failure = db_.last_failure();
  const bool lost = !db_.in_transaction();
  db_.rollback();
  for (Result<void>& result : results) {
    if (result.ok()) result = error;
  }
  const bool again = failure == Failure::kLost && error.effect == Effect::kNone;
  if (failure == Failure::kRetry || again) return GroupOutcome::kRunAgain;
  if (failure == Failure::kLost || failure == Failure::kFatal) return GroupOutcome::kGivenUp;
  return lost || mode == Mode::kSavepoints ? GroupOutcome::kSingly : GroupOutcome::kWithSavepoints;
}

}  // namespace sideband
