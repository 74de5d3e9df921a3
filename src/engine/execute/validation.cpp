// The validating part of a repair: fresh reads of everything that was changed, until they were good
// for stayGood, the last time by the independent path where there is one.
#include <algorithm>

#include "base/crash_point.h"
#include "engine/execute/repair_worker.h"

namespace sideband {

static constexpr Duration kMinPoll = std::chrono::milliseconds(20);

Unit RepairWorker::begin_validation() {
  const ValidateSettings& spec = job_.runtime->settings.validate;
  validate_deadline_ = context_.clock.mono() + spec.settle + spec.stay_good + spec.within;
  good_since_ = WallTime();
  check_step_ = 0;
  pass_ = Validation();
  moved_.clear();
  independent_pass_ = false;
  if (spec.settle > Duration(0)) return wait_then(spec.settle, Phase::kValidate);
  return validate_chunk();
}

static bool is_settled(const ChangeOutcome& outcome) {
  return outcome.outcome == Outcome::kChanged || outcome.outcome == Outcome::kAlreadyThere;
}

// The same from memory: a plan of one chunk whose steps were all ended by this worker.
Result<bool> RepairWorker::recall_settled(std::int64_t& next_step,
                                          std::vector<Change>& changes) const {
  const Settled& settled = settled_.at(static_cast<std::size_t>(next_step));
  for (std::size_t i = 0; i < settled.outcomes.size(); ++i) {
    if (!is_settled(settled.outcomes[i])) continue;
    changes.push_back(job_.changes->at(static_cast<std::size_t>(settled.step.from) + i));
  }
  ++next_step;
  return next_step < std::ssize(settled_);
}

Result<bool> RepairWorker::read_settled(std::int64_t& next_step,
                                        std::vector<Change>& changes) const {
  const bool known = job_.plan.chunks == 1 && job_.loaded && next_step < std::ssize(settled_) &&
                     std::ssize(settled_) == job_.repair.next_step;
  if (known) return recall_settled(next_step, changes);
  bool more = false;
  const StoreReadFn look = [&](StoreReader& store) -> Result<void> {
    changes.clear();
    SB_ASSIGN(const auto steps, store.steps(job_.repair.id, next_step, 2));
    more = steps.size() > 1;
    if (steps.empty() || steps.front().undo || steps.front().state != StepState::kDone) {
      more = false;
      return {};
    }
    const Step& step = steps.front();
    SB_ASSIGN(const std::string bytes, store.chunk(job_.plan.id, step.chunk));
    SB_ASSIGN(const auto chunk, decode_changes(bytes));
    SB_ASSIGN(const auto outcomes, decode_outcomes(step.outcomes));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const Change& change = chunk.at(static_cast<std::size_t>(step.from) + i);
      if (is_settled(outcomes[i])) changes.push_back(change);
    }
    next_step = step.seq + 1;
    return {};
  };
  SB_TRY(context_.store.read(look));
  return more;
}

// With no times to wait for, and one step that is the whole plan, the look follows the act in the
// same call, and outcome and end share a transaction. Everything else takes the longer way.
bool RepairWorker::validates_at_once() const {
  const ValidateSettings& spec = job_.runtime->settings.validate;
  const bool waits = spec.settle > Duration(0) || spec.stay_good > Duration(0);
  const bool whole = job_.step->seq == 0 && cohort_ends_.size() == 1 &&
                     job_.step->to - job_.step->from == job_.plan.counts.changes();
  return !waits && whole && !undoing() && job_.cancelled.empty() &&
         std::all_of(report_.outcomes.begin(), report_.outcomes.end(), is_settled);
}

// Fresh reads of the whole step, by the independent path too; true when all of them are good.
bool RepairWorker::look_at_once() {
  const std::vector<Change> changes = slice();
  moved_.clear();
  for (const bool independent : {false, true}) {
    if (independent && job_.runtime->independent == nullptr) continue;
    const Validation look = validate_changes(*job_.runtime, changes, mode(), independent);
    if (!look.bad.empty() || !look.unknown.empty()) return false;
    moved_ = look.moved;
    std::sort(moved_.begin(), moved_.end());
  }
  return true;
}

Unit RepairWorker::converge() {
  crash_point("validated");
  phase_ = Phase::kConverge;
  disposition_ = DriftDisposition::kClosed;
  now_ = context_.clock.wall();
  next_job_ = job_;
  const StepEnd end = step_end(context_, next_job_, slice(), report_.outcomes, now_);
  const std::string moved =
      make_move(next_job_.repair, RepairState::kConverged, "", "sideband", now_);
  return Unit::in_store(Lane::kControl, [this, end, moved](StoreTx& store) -> Result<void> {
    SB_TRY(store.put_step(next_job_.repair.id, end.step));
    store.stage_audit(end.record);
    SB_TRY(release_outcomes(store, *job_.changes, end.step, report_.outcomes));
    return write_end(store, next_job_.repair, moved);
  });
}

Unit RepairWorker::after_converge() {
  crash_point("outcome");
  context_.measures.step_ended(job_.runtime->settings, report_.outcomes);
  return ended();
}

Unit RepairWorker::validate_chunk() {
  if (lease_due()) {
    after_wait_ = Phase::kValidate;
    wait_until_ = context_.clock.mono();
    return renew();
  }
  phase_ = Phase::kValidate;
  return Unit::on_target(job_.runtime->pool(), [this]() -> Result<void> {
    std::vector<Change> changes;
    SB_ASSIGN(check_more_, read_settled(check_step_, changes));
    const Validation part = validate_changes(*job_.runtime, changes, mode(), independent_pass_);
    if (pass_.first_problem.empty()) pass_.first_problem = part.first_problem;
    pass_.bad.insert(pass_.bad.end(), part.bad.begin(), part.bad.end());
    pass_.unknown.insert(pass_.unknown.end(), part.unknown.begin(), part.unknown.end());
    pass_.moved.insert(pass_.moved.end(), part.moved.begin(), part.moved.end());
    return {};
  });
}

Unit RepairWorker::after_validate_chunk() {
  return check_more_ ? validate_chunk() : after_pass();
}

Unit RepairWorker::after_pass() {
  const bool good = pass_.bad.empty() && pass_.unknown.empty();
  moved_ = pass_.moved;
  std::sort(moved_.begin(), moved_.end());
  return good ? pass_was_good() : pass_was_bad();
}

Unit RepairWorker::pass_was_good() {
  const WallTime now = context_.clock.wall();
  if (good_since_ == WallTime()) good_since_ = now;
  const Duration rest = job_.runtime->settings.validate.stay_good - (now - good_since_);
  const bool needs_independent = job_.runtime->independent != nullptr && !independent_pass_;
  if (rest <= Duration(0) && !needs_independent) {
    crash_point("validated");
    return release_all(DriftDisposition::kClosed, RepairState::kConverged, "");
  }
  check_step_ = 0;
  pass_ = Validation();
  independent_pass_ = job_.runtime->independent != nullptr;
  if (rest <= Duration(0)) return validate_chunk();
  return wait_then(rest, Phase::kValidate);
}

Unit RepairWorker::pass_was_bad() {
  const std::string verdict =
      pass_.bad.empty() ? "validation inconclusive: " : "validation failed: ";
  if (context_.clock.mono() >= validate_deadline_) {
    return fail_for_good(verdict + pass_.first_problem);
  }
  good_since_ = WallTime();
  check_step_ = 0;
  pass_ = Validation();
  independent_pass_ = false;
  const Duration poll = job_.runtime->settings.validate.within / 20;
  return wait_then(std::max(poll, kMinPoll), Phase::kValidate);
}

}  // namespace sideband
