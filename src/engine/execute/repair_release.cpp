#include "engine/execute/repair_release.h"

#include <algorithm>

#include "engine/execute/event_log.h"
#include "policy/decide.h"

namespace sideband {

// Drifts closed in one transaction when a whole plan is.
static constexpr std::int64_t kReleaseSlice = 2000;

Result<std::vector<std::string>> release_step(StoreTx& store, const StepRelease& release,
                                              const std::vector<Change>& chunk, const Step& step,
                                              const std::vector<ChangeOutcome>& outcomes) {
  std::vector<std::string> closed;
  std::vector<std::string> refused;
  std::vector<std::string> anew;
  const bool cools = release.runtime.settings.gates.cooldown > Duration(0);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const std::string& key = chunk.at(static_cast<std::size_t>(step.from) + i).key;
    const bool moved = std::binary_search(release.moved.begin(), release.moved.end(), key);
    // An earlier claim may have written it (execute_step).
    const bool maybe = outcomes[i].outcome != Outcome::kFailed && outcomes[i].inferred;
    const bool rests = cools && (maybe || outcomes[i].outcome == Outcome::kChanged);
    const bool converged =
        is_settled(outcomes[i]) && !moved && release.disposition == DriftDisposition::kClosed;
    const bool other = outcomes[i].outcome == Outcome::kRefused;
    (converged || rests ? closed : other ? refused : anew).push_back(key);
  }
  SB_TRY(release_drifts(store, release.runtime, closed, DriftDisposition::kClosed, release.now));
  SB_TRY(release_drifts(store, release.runtime, anew, DriftDisposition::kReopen, release.now));
  SB_TRY(release_drifts(store, release.runtime, refused, DriftDisposition::kRefused, release.now));
  anew.insert(anew.end(), refused.begin(), refused.end());
  return anew;
}

void tell_repair_ended(const RepairWork& work) {
  work.context.measures.repair_ended(work.settings(), work.job.repair);
  work.context.repair_moved(work.job.repair);
  log_repair_ended(work.job.repair);
}

Advance RepairRelease::next() {
  if (!begun_) return release();
  request_reevaluation();
  if (!more_) {
    work_.job = next_job_;
    tell_repair_ended(work_);
    return StageEnd{};
  }
  ++part_;
  after_ = std::exchange(until_, std::nullopt).value_or("");
  return release();
}

Unit RepairRelease::release() {
  begun_ = true;
  now_ = work_.context.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    SB_ASSIGN(more_, release_part(store));
    next_job_ = work_.job;
    next_job_.lease = work_.context.take_lease(next_job_.repair);
    if (more_) return store.update_repair(next_job_.repair);
    const std::string moved = make_move(next_job_.repair, to_, note_, "sideband", now_);
    return write_counted_end(store, next_job_, moved, now_);
  });
}

Result<bool> RepairRelease::release_part(StoreTx& store) {
  anew_.clear();
  if (disposition_ == DriftDisposition::kCoolDown) return cool_chunk(store);
  return closes_whole_plan() ? release_by_plan(store) : release_next_step(store);
}

// Everything in the plan rests, also what was not reached: the next scan must not run it again.
Result<bool> RepairRelease::cool_chunk(StoreTx& store) const {
  const RepairJob& job = work_.job;
  if (part_ >= job.plan.chunks) return false;
  SB_ASSIGN(const Chunk changes, read_chunk(store, job.plan.id, part_));
  std::vector<std::string> keys;
  for (const Change& change : *changes) keys.push_back(change.key);
  SB_TRY(release_drifts(store, *job.runtime, keys, DriftDisposition::kCoolDown, now_));
  return part_ + 1 < job.plan.chunks;
}

// Every drift of the plan is closed or rests, and each still names it: only a plan that a person
// applied may have lost some of its drifts to the repetitions of later scans.
bool RepairRelease::closes_whole_plan() const {
  const Repair& repair = work_.job.repair;
  // An undo has no drifts of its own; where there is a cooldown its keys get one to rest.
  const bool rests = work_.settings().gates.cooldown > Duration(0);
  const bool own = repair.undo ? !rests : repair.requester == kLoopIdentity;
  return disposition_ == DriftDisposition::kClosed && own && repair.refused == 0 &&
         work_.moved.empty();
}

Result<bool> RepairRelease::release_by_plan(StoreTx& store) {
  const RepairJob& job = work_.job;
  const std::string& name = job.runtime->name();
  const GateSettings& gates = work_.settings().gates;
  if (!gates.remembers_repairs()) {
    SB_ASSIGN(until_, store.erase_plan_drifts(name, job.plan.id, after_, kReleaseSlice));
  } else {
    const GrowingRest rest = rest_after_repair(gates.cooldown, now_);
    SB_ASSIGN(until_, store.rest_plan_drifts(name, job.plan.id, after_, kReleaseSlice, rest));
  }
  return until_.has_value();
}

Result<bool> RepairRelease::release_next_step(StoreTx& store) {
  const RepairJob& job = work_.job;
  SB_ASSIGN(const auto steps, store.steps(job.repair.id, part_, 2));
  if (steps.empty()) return false;
  const Step& step = steps.front();
  SB_ASSIGN(const Chunk chunk, read_chunk(store, job.plan.id, step.chunk));
  SB_ASSIGN(const auto outcomes, decode_outcomes(step.outcomes));
  const StepRelease release{*job.runtime, work_.moved, disposition_, now_};
  SB_ASSIGN(anew_, release_step(store, release, *chunk, step, outcomes));
  return steps.size() > 1;
}

void RepairRelease::request_reevaluation() {
  if (anew_.empty()) return;
  work_.context.request_reevaluation(work_.job.runtime->name(), anew_);
  anew_.clear();
}

}  // namespace sideband
