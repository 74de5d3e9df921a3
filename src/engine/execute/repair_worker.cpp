#include "engine/execute/repair_worker.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/execute/event_log.h"
#include "policy/backoff.h"
#include "policy/cohorts.h"
#include "ports/plan_hash.h"

namespace sideband {

namespace {

Result<Chunk> read_chunk(StoreReader& store, const Uuid& plan, std::int64_t seq) {
  SB_ASSIGN(const std::string bytes, store.chunk(plan, seq));
  SB_ASSIGN(std::vector<Change> changes, decode_changes(bytes));
  return make_chunk(std::move(changes));
}

// What runs is what was judged and approved: the changes of every chunk are hashed again. Says why
// not; empty = they are.
Result<std::string> find_other_changes(StoreReader& store, const Plan& plan) {
  PlanHasher hasher;
  for (std::int64_t seq = 0; seq < plan.chunks; ++seq) {
    SB_ASSIGN(const Chunk chunk, read_chunk(store, plan.id, seq));
    for (const Change& change : *chunk) hasher.add(change);
  }
  return hasher.hex() == plan.hash ? std::string() : other_changes(plan);
}

bool at_chunk_end(const RepairJob& job) {
  return job.offset == static_cast<std::int64_t>(job.changes->size());
}

}  // namespace

RepairWorker::RepairWorker(EngineContext& context, RepairJob job)
    : context_(context),
      job_(std::move(job)),
      cohort_ends_(cohort_ends(job_.runtime->settings.gates.canary, job_.plan.counts.changes())) {}

Unit RepairWorker::next(Result<void> last) {
  if (!last.ok()) {
    // Our lease may be gone, or the store is: stop here. The next claim resumes by looking.
    const bool stop = last.error().code == ErrorCode::kCancelled;
    if (stop && phase_ == Phase::kHold) return give_back("the daemon is stopping");
    log(stop ? LogLevel::kInfo : LogLevel::kWarn, "repair worker stopped",
        {{"repair", job_.repair.id.text()}, {"why", last.error().message}});
    return Unit::done();
  }
  switch (phase_) {
    case Phase::kStart:
      return start();
    case Phase::kLoad:
      return after_load();
    case Phase::kIntent:
      return after_intent();
    case Phase::kResume:
      job_ = next_job_;
      return execute();
    case Phase::kExecute:
      return after_execute();
    case Phase::kOutcome:
      return after_outcome();
    case Phase::kConverge:
      return after_converge();
    case Phase::kGate:
      return intent();
    case Phase::kHold:
    case Phase::kRenew:
      return after_wait();
    case Phase::kCheckCohort:
      return after_cohort();
    case Phase::kUndoLoad:
      return after_undo_load();
    case Phase::kValidate:
      return after_validate_chunk();
    case Phase::kRelease:
      return after_release();
    case Phase::kMove:
      return after_move();
    case Phase::kEnd:
      return Unit::done();
  }
  return Unit::done();
}

bool RepairWorker::undoing() const {
  return job_.repair.state == RepairState::kCompensating;
}

StepMode RepairWorker::mode() const {
  return job_.repair.undo || undoing() ? StepMode::kUndo : StepMode::kForward;
}

Unit RepairWorker::start() {
  context_.repair_moved(job_.repair);
  const bool first = job_.repair.next_step == 0 && job_.repair.attempt == 0 && !job_.resumed;
  if (first && job_.repair.state == RepairState::kRunning) {
    log_repair_started(job_.repair, job_.plan);
  }
  crash_point("claimed");
  if (!job_.poisoned.empty()) return undoing() ? load_undo() : load();
  if (job_.repair.state == RepairState::kValidating) return begin_validation();
  if (undoing()) return load_undo();
  if (!job_.step) return job_.loaded ? intent() : load();
  crash_point("intent");
  return execute();
}

std::vector<Change> RepairWorker::slice() const {
  const auto begin = job_.changes->begin();
  std::vector<Change> out(begin + job_.step->from, begin + job_.step->to);
  if (undoing()) {
    for (Change& change : out) change = reversed(change);
  }
  return out;
}

// Finds the place to go on from: the last step says the chunk and offset, an intent without an
// outcome is resolved first.
Unit RepairWorker::load() {
  phase_ = Phase::kLoad;
  next_job_ = job_;
  return Unit::on_target(kStorePool, [this]() -> Result<void> {
    return context_.store.read([this](StoreReader& store) -> Result<void> {
      RepairJob& job = next_job_;
      const std::int64_t last = std::max<std::int64_t>(0, job.repair.next_step - 1);
      // Of a small plan the claim did that.
      const bool unseen = job.repair.next_step == 0 && !starts_inline(job);
      if (unseen) {
        SB_ASSIGN(job.broken, find_other_changes(store, job.plan));
      }
      SB_ASSIGN(const auto steps, store.steps(job.repair.id, last, 2));
      job.step.reset();
      for (const Step& step : steps) {
        job.chunk = step.chunk;
        job.offset = step.state == StepState::kDone ? step.to : step.from;
        if (step.state == StepState::kIntent) job.step = step;
      }
      SB_ASSIGN(job.changes, read_chunk(store, job.plan.id, job.chunk));
      if (at_chunk_end(job) && job.chunk + 1 < job.plan.chunks) {
        SB_ASSIGN(job.changes, read_chunk(store, job.plan.id, ++job.chunk));
        job.offset = 0;
      }
      job.loaded = true;
      return {};
    });
  });
}

Unit RepairWorker::after_load() {
  job_ = next_job_;
  if (!job_.poisoned.empty()) return give_up_poisoned();
  if (job_.step) return resume();
  return job_.broken.empty() ? go_on() : fail_for_good(job_.broken);
}

std::int64_t RepairWorker::cohort_end(const Repair& repair) const {
  return *std::upper_bound(cohort_ends_.begin(), cohort_ends_.end() - 1, repair.position);
}

Unit RepairWorker::intent() {
  if (lease_over()) return lapse("before a step");
  phase_ = Phase::kIntent;
  salt_ = context_.random.bytes(32);
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    SB_ASSIGN(grant_, begin_step(store, context_, next_job_, cohort_end(job_.repair), salt_, now_));
    return {};
  });
}

Unit RepairWorker::after_intent() {
  if (grant_.kind == StepGrant::Kind::kCancel) {
    return release_all(DriftDisposition::kCoolDown, RepairState::kCancelled, grant_.why);
  }
  if (grant_.kind == StepGrant::Kind::kGiveBack) return give_back(grant_.why);
  if (grant_.kind == StepGrant::Kind::kWait) {
    job_.repair.gate_wait_us += grant_.wait.count();
    return wait_then(grant_.wait, Phase::kIntent);
  }
  job_ = next_job_;
  crash_point("intent");
  return execute();
}

Unit RepairWorker::resume() {
  phase_ = Phase::kResume;
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    return resume_step(store, context_, next_job_, now_);
  });
}

Unit RepairWorker::execute() {
  phase_ = Phase::kExecute;
  return Unit::on_target(job_.runtime->pool(), [this]() -> Result<void> {
    SB_TRY(renew_in_call());
    report_ = execute_step(*job_.runtime, order());
    if (report_.lapsed) context_.measures.lease_lapsed(job_.runtime->settings);
    good_at_once_ = validates_at_once() && look_at_once();
    if (!good_at_once_) read_ahead();
    return {};
  });
}

StepOrder RepairWorker::order() {
  StepOrder order{slice(), job_.repair.id, job_.repair.token, mode(), job_.resumed, job_.step->seq};
  order.only_look = job_.cancelled;
  order.time_to_act = [this] { return job_.lease.time_to_act(context_.clock.mono()); };
  return order;
}

// A call may have waited long for its turn. Here and not as a unit of its own, after which it would
// wait again.
Result<void> RepairWorker::renew_in_call() {
  if (!lease_due() || lease_over()) return {};
  return context_.store.run(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    job_.lease = context_.take_lease(job_.repair);
    return store.update_repair(job_.repair);
  });
}

// The chunk after this one, so that the next intent can share the transaction of this outcome. What
// cannot be read now is asked for again by load(): the outcome must be recorded in any case.
void RepairWorker::read_ahead() {
  following_.reset();
  const bool ends_chunk = job_.step->to == static_cast<std::int64_t>(job_.changes->size());
  if (undoing() || !ends_chunk || job_.chunk + 1 >= job_.plan.chunks) return;
  const auto read = context_.store.read([this](StoreReader& store) -> Result<void> {
    SB_ASSIGN(following_, read_chunk(store, job_.plan.id, job_.chunk + 1));
    return {};
  });
  if (!read.ok()) following_.reset();
}

Unit RepairWorker::after_execute() {
  if (good_at_once_) return converge();
  const auto open = [](const ChangeOutcome& outcome) {
    return outcome.outcome == Outcome::kFailed || outcome.outcome == Outcome::kUnknown;
  };
  const auto& outcomes = report_.outcomes;
  const auto hopeless = [&](const ChangeOutcome& outcome) {
    return open(outcome) && outcome.retry == Retry::kPerson;
  };
  const auto first = std::find_if(outcomes.begin(), outcomes.end(), open);
  if (first == outcomes.end()) return record_outcomes(outcomes);
  // One that time does not cure ends the repair: what else failed is planned anew, without it.
  const auto stuck = std::find_if(outcomes.begin(), outcomes.end(), hopeless);
  const bool person =
      stuck != outcomes.end() || (report_.error && report_.error->retry != Retry::kAfter);
  const std::string& detail = stuck == outcomes.end() ? first->detail : stuck->detail;
  const Error error = report_.error.value_or(Error::unavailable(detail));
  if (person || job_.repair.attempt >= job_.runtime->settings.retry.limit) {
    job_.repair.note = error.message;
    return record_outcomes(outcomes);
  }
  return schedule_retry(error);
}

Unit RepairWorker::record_outcomes(std::vector<ChangeOutcome> outcomes) {
  phase_ = Phase::kOutcome;
  now_ = context_.clock.wall();
  salt_ = context_.random.bytes(32);
  report_.outcomes = std::move(outcomes);
  RepairJob ended = job_;
  const StepEnd end = step_end(context_, ended, slice(), report_.outcomes, now_);
  return Unit::in_store(Lane::kControl, [this, ended, end](StoreTx& store) -> Result<void> {
    next_job_ = ended;
    SB_TRY(store.put_step(ended.repair.id, end.step));
    store.stage_audit(end.record);
    if (goes_straight_on(next_job_.repair)) return begin_next(store);
    SB_TRY(store.update_repair(next_job_.repair));
    if (!ends_execution(next_job_.repair)) return {};
    return move_repair(store, next_job_.repair, RepairState::kValidating, "", "sideband", now_);
  });
}

// No cohort ends here, nothing failed, and the changes of the next step are at hand.
bool RepairWorker::goes_straight_on(const Repair& repair) const {
  const bool cohort_ends =
      std::find(cohort_ends_.begin(), cohort_ends_.end(), repair.position) != cohort_ends_.end();
  return !undoing() && !cohort_ends && repair.failed == 0 && !refused_too_many(repair) &&
         job_.cancelled.empty() &&
         (following_ || job_.step->to < static_cast<std::int64_t>(job_.changes->size()));
}

// Whatever the grant says, the worker asks again when there is no step.
Result<void> RepairWorker::begin_next(StoreTx& store) {
  if (at_chunk_end(next_job_)) {
    next_job_.changes = following_;
    next_job_.offset = 0;
    ++next_job_.chunk;
  }
  SB_ASSIGN(grant_,
            open_step(store, context_, next_job_, cohort_end(next_job_.repair), salt_, now_));
  return store.update_repair(next_job_.repair);
}

// Every change has its outcome and none of them stops the repair: validation follows at once.
bool RepairWorker::ends_execution(const Repair& repair) const {
  return !undoing() && repair.failed == 0 && repair.position == job_.plan.counts.changes() &&
         !refused_too_many(repair) && job_.cancelled.empty();
}

Unit RepairWorker::after_outcome() {
  // Of a plan of many chunks the store keeps them: here they would cost memory for each change.
  if (!undoing() && job_.plan.chunks == 1) settled_.push_back({*job_.step, report_.outcomes});
  job_ = next_job_;
  crash_point("outcome");
  context_.measures.step_ended(job_.runtime->settings, report_.outcomes);
  if (undoing()) return load_undo();
  if (!job_.step) return go_on();
  crash_point("intent");
  return execute();
}

// What the recorded outcomes allow. Judged by the record, not by what this worker remembers: a
// crash right after the outcome must not turn a failed step into a good one.
Unit RepairWorker::go_on() {
  if (!job_.cancelled.empty()) {
    return release_all(DriftDisposition::kCoolDown, RepairState::kCancelled, job_.cancelled);
  }
  if (job_.repair.failed > 0) return fail_for_good(job_.repair.note);
  if (refused_too_many(job_.repair)) return halt_refused();
  if (job_.repair.state == RepairState::kValidating) {
    context_.repair_moved(job_.repair);
    return begin_validation();
  }
  return next_forward();
}

bool RepairWorker::refused_too_many(const Repair& repair) const {
  const std::int64_t total = job_.plan.counts.changes();
  const std::int64_t tolerated = total <= 10 ? 0 : total / 100;
  return repair.refused > tolerated;
}

// After a step, or at the start: the next cohort, chunk or step, or validation.
Unit RepairWorker::next_forward() {
  const bool cohort_ended = std::find(cohort_ends_.begin(), cohort_ends_.end(),
                                      job_.repair.position) != cohort_ends_.end();
  if (job_.repair.position == job_.plan.counts.changes()) {
    return move(RepairState::kValidating, "");
  }
  if (cohort_ended && checked_until_ < job_.repair.position) {
    const Duration hold = job_.runtime->settings.gates.canary.hold;
    job_.repair.gate_wait_us += hold.count();
    return wait_then(hold, Phase::kCheckCohort);
  }
  if (at_chunk_end(job_)) return load();
  return intent();
}

Unit RepairWorker::wait_then(Duration wait, Phase then) {
  after_wait_ = then;
  wait_until_ = context_.clock.mono() + wait;
  phase_ = Phase::kHold;
  return Unit::sleep(std::min(wait, context_.lease / 6));
}

Unit RepairWorker::after_wait() {
  const Duration rest = wait_until_ - context_.clock.mono();
  if (rest > Duration(0)) {
    if (phase_ == Phase::kHold) return renew();
    phase_ = Phase::kHold;
    return Unit::sleep(std::min(rest, context_.lease / 6));
  }
  if (after_wait_ == Phase::kCheckCohort) return check_cohort();
  if (after_wait_ == Phase::kValidate) return validate_chunk();
  return intent();
}

// Steps renew it themselves; what takes long without one must not lose it and begin anew for ever.
bool RepairWorker::lease_due() const {
  return job_.lease.due(context_.clock.mono());
}

bool RepairWorker::lease_over() const {
  return job_.lease.over(context_.clock.mono());
}

Unit RepairWorker::renew() {
  if (lease_over()) return lapse("while waiting");
  phase_ = Phase::kRenew;
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    job_.lease = context_.take_lease(job_.repair);
    return store.update_repair(job_.repair);
  });
}

Unit RepairWorker::lapse(const std::string& where) {
  context_.measures.lease_lapsed(job_.runtime->settings);
  log(LogLevel::kWarn, "lease too short to go on, given up without acting",
      {{"repair", job_.repair.id.text()}, {"where", where}});
  return Unit::done();
}

Unit RepairWorker::check_cohort() {
  phase_ = Phase::kCheckCohort;
  return Unit::on_target(job_.runtime->pool(), [this]() -> Result<void> {
    pass_ = Validation();
    std::int64_t step = cohort_from_step_;
    bool more = true;
    while (more) {
      std::vector<Change> changes;
      SB_ASSIGN(more, read_settled(step, changes));
      const Validation part = validate_changes(*job_.runtime, changes, mode(), false);
      if (pass_.first_problem.empty()) pass_.first_problem = part.first_problem;
      pass_.bad.insert(pass_.bad.end(), part.bad.begin(), part.bad.end());
      pass_.unknown.insert(pass_.unknown.end(), part.unknown.begin(), part.unknown.end());
    }
    return {};
  });
}

Unit RepairWorker::after_cohort() {
  crash_point("cohort_checked");
  if (pass_.bad.empty() && pass_.unknown.empty()) {
    checked_until_ = job_.repair.position;
    cohort_from_step_ = job_.repair.next_step;
    if (at_chunk_end(job_)) return load();
    return intent();
  }
  const std::string why = "canary failed: " + pass_.first_problem;
  if (job_.repair.undo) return fail_for_good(why);
  return move(RepairState::kCompensating, why);
}

Unit RepairWorker::load_undo() {
  phase_ = Phase::kUndoLoad;
  next_job_ = job_;
  return Unit::on_target(kStorePool, [this]() -> Result<void> {
    return context_.store.read([this](StoreReader& store) -> Result<void> {
      // The steps yet to be taken back: forward ones whose slice has no finished undo step.
      SB_ASSIGN(const auto steps, store.steps(job_.repair.id, 0, 1'000'000));
      undo_steps_.clear();
      undo_outcomes_.clear();
      next_job_.step.reset();
      for (const Step& step : steps) {
        if (step.undo && step.state == StepState::kIntent) next_job_.step = step;
        if (step.undo && step.state == StepState::kDone) {
          SB_ASSIGN(const auto outcomes, decode_outcomes(step.outcomes));
          for (const ChangeOutcome& done : outcomes) undo_outcomes_.insert(done.outcome);
          std::erase_if(undo_steps_, [&](const Step& done) {
            return done.chunk == step.chunk && done.from == step.from;
          });
        }
        if (!step.undo) undo_steps_.push_back(step);
      }
      if (undo_steps_.empty()) return {};
      const Step& newest = next_job_.step ? *next_job_.step : undo_steps_.back();
      SB_ASSIGN(next_job_.changes, read_chunk(store, job_.plan.id, newest.chunk));
      next_job_.chunk = newest.chunk;
      next_job_.offset = newest.from;
      return {};
    });
  });
}

Unit RepairWorker::after_undo_load() {
  job_ = next_job_;
  if (!job_.poisoned.empty()) return give_up_poisoned();
  if (undo_outcomes_.contains(Outcome::kFailed) || undo_outcomes_.contains(Outcome::kUnknown)) {
    return fail_for_good(job_.repair.note);
  }
  if (undo_outcomes_.contains(Outcome::kRefused)) {
    return fail_for_good("undo stopped: somebody changed a resource after us");
  }
  if (undo_steps_.empty()) {
    return release_all(DriftDisposition::kCoolDown, RepairState::kCompensated, job_.repair.note);
  }
  if (job_.step) return resume();
  phase_ = Phase::kIntent;
  salt_ = context_.random.bytes(32);
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    const std::int64_t length = undo_steps_.back().to - undo_steps_.back().from;
    SB_ASSIGN(grant_,
              begin_step(store, context_, next_job_, job_.repair.position + length, salt_, now_));
    return {};
  });
}

}  // namespace sideband
