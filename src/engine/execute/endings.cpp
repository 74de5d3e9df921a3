// How a repair ends, or rests: given back, scheduled again, halted, escalated, converged.
#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/execute/event_log.h"
#include "engine/execute/repair_worker.h"
#include "policy/backoff.h"
#include "policy/decide.h"

namespace sideband {

// Drifts closed in one transaction when a whole plan is.
static constexpr std::int64_t kReleaseSlice = 2000;

Unit RepairWorker::give_back(const std::string& why) {
  phase_ = Phase::kEnd;
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this, why](StoreTx& store) -> Result<void> {
    Repair repair = job_.repair;
    repair.lease_owner.clear();
    repair.lease_until = 0;
    repair.note = why;
    // Validating and compensating ones keep their state; the ended lease makes them claimable.
    if (repair.state != RepairState::kRunning) return store.update_repair(repair);
    return move_repair(store, repair, RepairState::kQueued, why, "sideband", now_);
  });
}

// The intent stays open: the next claim, with a higher token, looks first.
Unit RepairWorker::schedule_retry(const Error& error) {
  phase_ = Phase::kEnd;
  now_ = context_.clock.wall();
  Repair& repair = job_.repair;
  ++repair.attempt;
  const Duration delay =
      backoff_delay(job_.runtime->settings.retry, repair.attempt, context_.random.fraction());
  repair.not_before = now_ + delay;
  log(LogLevel::kWarn, "repair step failed, will be tried again",
      {{"repair", repair.id.text()}, {"why", error.message}});
  return Unit::in_store(Lane::kControl, [this, error](StoreTx& store) -> Result<void> {
    Repair moved = job_.repair;
    moved.lease_owner.clear();
    moved.lease_until = context_.lease_now() + (moved.not_before - now_).count();
    if (undoing()) return store.update_repair(moved);
    return move_repair(store, moved, RepairState::kScheduled, error.message, "sideband", now_);
  });
}

Unit RepairWorker::fail_for_good(const std::string& why) {
  return release_all(DriftDisposition::kCoolDown, RepairState::kNeedsHuman, why);
}

Unit RepairWorker::give_up_poisoned() {
  if (!job_.step) return fail_for_good(job_.poisoned);
  job_.repair.note = job_.poisoned;
  return record_outcomes(
      std::vector<ChangeOutcome>(static_cast<std::size_t>(job_.step->to - job_.step->from),
                                 {Outcome::kUnknown, false, job_.poisoned}));
}

Unit RepairWorker::halt_refused() {
  const std::string note = std::to_string(job_.repair.refused) + " of " +
                           std::to_string(job_.plan.counts.changes()) +
                           " changes were refused: the target moved since the plan; planned anew";
  return release_all(DriftDisposition::kReopen, RepairState::kSuperseded, note);
}

Unit RepairWorker::release_all(DriftDisposition disposition, RepairState to, std::string note) {
  disposition_ = disposition;
  end_state_ = to;
  end_note_ = std::move(note);
  release_part_ = 0;
  release_after_.clear();
  anew_.clear();
  return release_chunk();
}

// Every drift of the plan is closed, and each still names it: only a plan that a person applied may
// have lost some of its drifts to the repetitions of later scans.
bool RepairWorker::closes_whole_plan() const {
  const Repair& repair = job_.repair;
  const bool own = repair.requester == kLoopIdentity || repair.undo;
  return disposition_ == DriftDisposition::kClosed && own && repair.refused == 0 &&
         moved_.empty() && job_.runtime->settings.gates.cooldown == Duration(0);
}

Result<bool> RepairWorker::release_by_plan(StoreTx& store) {
  SB_ASSIGN(release_until_, store.erase_plan_drifts(job_.runtime->name(), job_.plan.id,
                                                    release_after_, kReleaseSlice));
  return release_until_.has_value();
}

Result<bool> RepairWorker::release_part(StoreTx& store) {
  if (disposition_ == DriftDisposition::kCoolDown) return cool_chunk(store);
  return closes_whole_plan() ? release_by_plan(store) : release_step(store);
}

// Releases the drifts part by part; the last part together with the end itself.
Unit RepairWorker::release_chunk() {
  phase_ = Phase::kRelease;
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    SB_ASSIGN(release_more_, release_part(store));
    next_job_ = job_;
    next_job_.lease = context_.take_lease(next_job_.repair);
    if (release_more_) return store.update_repair(next_job_.repair);
    return move_repair(store, next_job_.repair, end_state_, end_note_, "sideband", now_);
  });
}

// Everything in the plan rests, also what was not reached: the next scan must not run it again.
Result<bool> RepairWorker::cool_chunk(StoreTx& store) const {
  if (release_part_ >= job_.plan.chunks) return false;
  SB_ASSIGN(const std::string bytes, store.chunk(job_.plan.id, release_part_));
  SB_ASSIGN(const auto changes, decode_changes(bytes));
  std::vector<std::string> keys;
  for (const Change& change : changes) keys.push_back(change.key);
  SB_TRY(release_drifts(store, *job_.runtime, keys, DriftDisposition::kCoolDown, now_));
  return release_part_ + 1 < job_.plan.chunks;
}

// Closes what converged; refused changes and those whose desired side moved are judged anew. What
// was written, or may have been before somebody else wrote it, rests for the cooldown in any case.
Result<bool> RepairWorker::release_step(StoreTx& store) {
  SB_ASSIGN(const auto steps, store.steps(job_.repair.id, release_part_, 2));
  if (steps.empty()) return false;
  const Step& step = steps.front();
  SB_ASSIGN(const std::string bytes, store.chunk(job_.plan.id, step.chunk));
  SB_ASSIGN(const auto chunk, decode_changes(bytes));
  SB_ASSIGN(const auto outcomes, decode_outcomes(step.outcomes));
  SB_TRY(release_outcomes(store, chunk, step, outcomes));
  return steps.size() > 1;
}

Result<void> RepairWorker::release_outcomes(StoreTx& store, const std::vector<Change>& chunk,
                                            const Step& step,
                                            const std::vector<ChangeOutcome>& outcomes) {
  std::vector<std::string> closed;
  std::vector<std::string> refused;
  anew_.clear();
  const bool cools = job_.runtime->settings.gates.cooldown > Duration(0);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const std::string& key = chunk.at(static_cast<std::size_t>(step.from) + i).key;
    const bool settled =
        outcomes[i].outcome == Outcome::kChanged || outcomes[i].outcome == Outcome::kAlreadyThere;
    const bool moved = std::binary_search(moved_.begin(), moved_.end(), key);
    const bool maybe = outcomes[i].outcome == Outcome::kRefused && outcomes[i].inferred;
    const bool rests = cools && (maybe || outcomes[i].outcome == Outcome::kChanged);
    const bool converged = settled && !moved && disposition_ == DriftDisposition::kClosed;
    const bool other = outcomes[i].outcome == Outcome::kRefused;
    (converged || rests ? closed : other ? refused : anew_).push_back(key);
  }
  SB_TRY(release_drifts(store, *job_.runtime, closed, DriftDisposition::kClosed, now_));
  SB_TRY(release_drifts(store, *job_.runtime, anew_, DriftDisposition::kReopen, now_));
  SB_TRY(release_drifts(store, *job_.runtime, refused, DriftDisposition::kRefused, now_));
  anew_.insert(anew_.end(), refused.begin(), refused.end());
  return {};
}

Unit RepairWorker::after_release() {
  if (!release_more_) return ended();
  request_reevaluation();
  ++release_part_;
  release_after_ = std::exchange(release_until_, std::nullopt).value_or("");
  return release_chunk();
}

void RepairWorker::request_reevaluation() {
  if (!anew_.empty()) context_.request_reevaluation(job_.runtime->name(), anew_);
  anew_.clear();
}

// The last transaction is through, with the end in next_job_.
Unit RepairWorker::ended() {
  request_reevaluation();
  job_ = next_job_;
  context_.measures.repair_ended(job_.runtime->settings, job_.repair);
  context_.repair_moved(job_.repair);
  log_repair_ended(job_.repair);
  return Unit::done();
}

Unit RepairWorker::move(RepairState to, std::string note) {
  phase_ = Phase::kMove;
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this, to, note](StoreTx& store) -> Result<void> {
    Repair repair = job_.repair;
    SB_TRY(move_repair(store, repair, to, note, "sideband", now_));
    next_job_ = job_;
    next_job_.repair = repair;
    return {};
  });
}

Unit RepairWorker::after_move() {
  job_ = next_job_;
  context_.repair_moved(job_.repair);
  if (job_.repair.state == RepairState::kCompensating) {
    crash_point("compensating");
    return load_undo();
  }
  return begin_validation();
}

}  // namespace sideband
