#include "engine/playbook/playbook_worker.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/decide/gate_state.h"
#include "engine/execute/records.h"
#include "engine/playbook/playbook_retry.h"
#include "policy/decide.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

// Between two looks of a check that may take time to become true.
constexpr Duration kPollEvery = std::chrono::milliseconds(200);
// What was begun is resolved even where configuration allows no second attempt.
constexpr std::int64_t kMinResolves = 3;
// A target that asks for more gets no more.
constexpr Duration kLongestPause = std::chrono::hours(24);
constexpr const char* kLate = "the playbook's timeout passed";

// Whether a person wants its call to end now.
bool ended_at_once(Store& store, const Uuid& repair) {
  std::optional<CancelRequest> cancel;
  const auto read = store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(cancel, reader.cancel_request(repair));
    return {};
  });
  return read.ok() && cancel && cancel->at_once;
}

PlaybookAnswer failure(const std::string& why) {
  PlaybookAnswer answer;
  answer.outcome = {Outcome::kFailed, false, why, Retry::kPerson};
  return answer;
}

}  // namespace

PlaybookWorker::PlaybookWorker(EngineContext& context, const PlaybookTargets& tools, RepairJob job)
    : context_(context), tools_(tools) {
  job_.repair = std::move(job.repair);
  job_.plan = std::move(job.plan);
  job_.lease = job.lease;
}

Unit PlaybookWorker::next(Result<void> last) {
  if (!last.ok()) return stopped(last.error());
  switch (phase_) {
    case Phase::kStart:
      context_.repair_moved(job_.repair);
      crash_point("claimed");
      return load();
    case Phase::kLoad:
      job_ = next_job_;
      if (job_.repair.refused_since != WallTime()) waited_ = job_.repair.note;
      return advance();
    case Phase::kFind:
      return after_find();
    case Phase::kIntent:
      return after_intent();
    case Phase::kResume:
      // Its last attempt is known to have done nothing, and there is no other.
      if (stop_.cancelled && !lost_) return record(failure(stop_.why));
      job_ = next_job_;
      crash_point("intent");
      return act();
    case Phase::kAct:
      return after_act();
    case Phase::kPoll:
      return after_poll();
    case Phase::kRenew:
      return act();
    case Phase::kOutcome:
      return after_outcome();
    case Phase::kMove:
      job_ = next_job_;
      context_.repair_moved(job_.repair);
      crash_point("compensating");
      return advance();
    case Phase::kRest:
      context_.repair_moved(next_job_.repair);
      return Unit::done();
    case Phase::kEnd:
      return ended();
  }
  return Unit::done();
}

// Our lease may be gone, or the store is: stop here. The next claim goes on from the record.
Unit PlaybookWorker::stopped(const Error& error) {
  const bool stop = error.code == ErrorCode::kCancelled;
  if (stop && phase_ == Phase::kPoll) return give_back("the daemon is stopping");
  log(stop ? LogLevel::kInfo : LogLevel::kWarn, "playbook stopped",
      {{"repair", job_.repair.id.text()}, {"why", error.message}});
  return Unit::done();
}

bool PlaybookWorker::undoing() const {
  return goes_back(job_.repair);
}

// A target that is gone has no threads; the call then says so.
std::string PlaybookWorker::pool() const {
  return tools_.has_target(step().target) ? step().target : kStorePool;
}

Unit PlaybookWorker::load() {
  phase_ = Phase::kLoad;
  next_job_ = job_;
  return Unit::on_target(kStorePool, [this]() -> Result<void> {
    return context_.store.read([this](StoreReader& store) { return load_job(store, next_job_); });
  });
}

Unit PlaybookWorker::advance() {
  auto views = view_steps(book(), job_.rows);
  if (!views.ok()) return end(RepairState::kNeedsHuman, views.error().message);
  views_ = std::move(*views);
  next_ = undoing() ? next_undo_step(book(), views_) : next_forward_step(book(), views_);
  switch (next_.kind) {
    case NextStep::Kind::kStep:
    case NextStep::Kind::kUndo:
      return next_.open ? go_on() : begin();
    case NextStep::Kind::kDone:
      return end(RepairState::kConverged, done_note());
    case NextStep::Kind::kUndone:
      if (job_.repair.undo) return end(RepairState::kConverged, "");
      return end(RepairState::kCompensated, job_.repair.note);
    case NextStep::Kind::kUnknown:
      return end(RepairState::kNeedsHuman, "nobody knows what step " + step().name +
                                               " did: " + views_[next_.step].outcome.detail);
    case NextStep::Kind::kUndoFailed:
      return end(RepairState::kNeedsHuman,
                 "step " + step().name + " could not be taken back; " + job_.repair.note);
    case NextStep::Kind::kFailed:
      break;
  }
  return failed();
}

std::string PlaybookWorker::done_note() const {
  const std::string failed = steps_in(book(), views_, StepStatus::kFailed);
  if (failed.empty()) return "";
  const std::string skipped = steps_in(book(), views_, StepStatus::kSkipped);
  return "failed and passed over: " + failed + (skipped.empty() ? "" : "; not run: " + skipped);
}

Unit PlaybookWorker::failed() {
  if (stop_.cancelled) return end(RepairState::kCancelled, stop_.why);
  const std::string why = "step " + step().name + " failed: " + views_[next_.step].outcome.detail;
  switch (step().on_failure) {
    case OnFailure::kCompensate:
      return compensate(why);
    case OnFailure::kEscalate:
      return end(RepairState::kNeedsHuman, why, true);
    case OnFailure::kStop:
    case OnFailure::kContinue:
      break;
  }
  return end(RepairState::kNeedsHuman, why);
}

Unit PlaybookWorker::compensate(const std::string& why) {
  phase_ = Phase::kMove;
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this, why](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    next_job_.repair.attempt = 0;
    return move_repair(store, next_job_.repair, RepairState::kCompensating, why,
                       std::string(kLoopIdentity), now_);
  });
}

bool PlaybookWorker::out_of_time() const {
  return !undoing() && context_.clock.wall() - job_.repair.started_at > book().timeout;
}

// With what it waited for, where it did.
std::string PlaybookWorker::late_why() const {
  if (waited_.empty()) return kLate;
  return std::string(kLate) + "; " + waited_;
}

Unit PlaybookWorker::begin() {
  lost_ = false;
  job_.row = Step();
  job_.row.from = static_cast<std::int64_t>(next_.step);
  job_.row.to = job_.row.from + 1;
  job_.row.undo = undoing();
  late_ = out_of_time();
  if (late_) return intent(std::nullopt);
  if (step().kind == StepKind::kChange && !undoing()) return find();
  if (undoing()) job_.row.chunk = views_[next_.step].row->chunk;
  return intent(std::nullopt);
}

Result<PlaybookCall> PlaybookWorker::call() const {
  PlaybookCall call{.step = step(), .values = PlaybookValues(job_.run.inputs)};
  call.time_left = [this] { return job_.lease.time_to_act(context_.clock.mono()); };
  call.timeout = std::min(step().timeout, job_.lease.time_to_act(context_.clock.mono()));
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (views_[i].status != StepStatus::kDone) continue;
    SB_TRY(call.values.add_output(book().steps[i].name, views_[i].row->output));
  }
  call.repair = job_.repair.id;
  call.token = job_.repair.token;
  call.seq = job_.row.seq;
  call.undo = job_.row.undo;
  call.lost = lost_;
  call.may_act = !stop_.cancelled;
  if (job_.repair.undo) call.original = job_.source;
  call.ended = [this] { return ended_at_once(context_.store, job_.repair.id); };
  return call;
}

Unit PlaybookWorker::find() {
  phase_ = Phase::kFind;
  return Unit::on_target(pool(), [this]() -> Result<void> {
    const auto order = call();
    found_ = order.ok() ? find_change(tools_, *order) : Result<Change>(order.error());
    return {};
  });
}

Unit PlaybookWorker::after_find() {
  if (found_->ok()) return intent(found_->value());
  const Error& error = found_->error();
  answer_ = failure(error.message);
  answer_.outcome.retry = error.retry;
  answer_.outcome.said = error.said;
  answer_.error = error;
  if (!may_retry(step().retry, job_, answer_)) return intent(std::nullopt);
  return give_back(error.message, error.retry);
}

// Steps in which only time passes, or a person works, rest in the transaction that begins them.
Result<void> PlaybookWorker::open_step(StoreTx& store, const std::optional<Change>& change) {
  next_job_ = job_;
  SB_ASSIGN(stop_, playbook_stop(store, context_, job_));
  if (!stop_.why.empty()) return {};
  next_job_.row.salt = salt_;
  // Nothing will be done: whoever resumes it need not look.
  if (late_) next_job_.row.outcomes = encode_outcomes({{Outcome::kFailed, false, ""}});
  SB_TRY(begin_playbook_step(store, context_, next_job_, change, now_));
  if (late_ || undoing()) return {};
  Repair& repair = next_job_.repair;
  if (step().kind == StepKind::kWait) {
    repair.not_before = now_ + step().wait;
    return rest_playbook_step(store, context_, next_job_, "waits " + format_duration(step().wait),
                              true, now_);
  }
  if (step().kind != StepKind::kManual) return {};
  repair.lease_owner.clear();
  repair.lease_until = 0;
  return move_repair(store, repair, RepairState::kHalted,
                     step().name + ": " + step().manual.instruction, std::string(kLoopIdentity),
                     now_);
}

Unit PlaybookWorker::intent(std::optional<Change> change) {
  phase_ = Phase::kIntent;
  salt_ = context_.random.bytes(32);
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this, change = std::move(change)](StoreTx& store) {
    return open_step(store, change);
  });
}

Unit PlaybookWorker::after_intent() {
  if (stop_.cancelled) return end(RepairState::kCancelled, stop_.why);
  if (!stop_.why.empty()) return give_back(stop_.why);
  const bool rests = next_job_.repair.state != job_.repair.state;
  job_ = next_job_;
  crash_point("intent");
  if (rests) {
    context_.repair_moved(job_.repair);
    return Unit::done();
  }
  if (late_) return record(failure(late_why()));
  // The item could not even be read.
  const bool unfound = step().kind == StepKind::kChange && job_.row.chunk == 0;
  if (unfound) return record(answer_);
  check_until_ = context_.clock.mono() + step().item.within;
  return act();
}

// A step that an earlier claim began.
Unit PlaybookWorker::go_on() {
  job_.row = *next_.open;
  if (!undoing() && step().kind == StepKind::kManual) return halt();
  // Its time has passed: only then it could be claimed.
  if (!undoing() && step().kind == StepKind::kWait) {
    PlaybookAnswer answer;
    answer.outcome.outcome = Outcome::kAlreadyThere;
    return record(answer);
  }
  if (!undoing() && step().kind == StepKind::kChange && job_.row.chunk == 0) {
    return record(failure("the item could not be read"));
  }
  lost_ = job_.row.outcomes.empty() && step().kind != StepKind::kCheck;
  if (!lost_ && out_of_time()) return record(failure(late_why()));
  check_until_ = context_.clock.mono() + step().item.within;
  return resume();
}

Unit PlaybookWorker::resume() {
  phase_ = Phase::kResume;
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    SB_ASSIGN(stop_, playbook_stop(store, context_, job_));
    if (stop_.cancelled && !lost_) return {};
    return resume_playbook_step(store, context_, next_job_, now_);
  });
}

// Still nobody has confirmed.
Unit PlaybookWorker::halt() {
  phase_ = Phase::kRest;
  now_ = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    next_job_.repair.lease_owner.clear();
    next_job_.repair.lease_until = 0;
    return move_repair(store, next_job_.repair, RepairState::kHalted,
                       step().name + ": " + step().manual.instruction, std::string(kLoopIdentity),
                       now_);
  });
}

Unit PlaybookWorker::act() {
  phase_ = Phase::kAct;
  return Unit::on_target(pool(), [this]() -> Result<void> {
    lapsed_ = job_.lease.over(context_.clock.mono());
    if (lapsed_) return {};
    auto order = call();
    if (!order.ok()) {
      answer_ = failure(order.error().message);
      return {};
    }
    if (job_.row.chunk > 0) {
      const auto read = context_.store.read([&](StoreReader& store) -> Result<void> {
        SB_ASSIGN(const std::string chunk, store.chunk(job_.source, job_.row.chunk));
        SB_ASSIGN(const auto changes, decode_changes(chunk));
        order->change = job_.row.undo ? reversed(changes.at(0)) : changes.at(0);
        return {};
      });
      SB_TRY(read);
    }
    answer_ = act_on_target(tools_, *order);
    return {};
  });
}

Unit PlaybookWorker::lapse() {
  context_.measures.playbooks.lease_lapsed(book());
  log(LogLevel::kWarn, "lease too short to go on, given up without acting",
      {{"repair", job_.repair.id.text()}, {"step", step().name}});
  return Unit::done();
}

Unit PlaybookWorker::after_act() {
  if (lapsed_) return lapse();
  const Outcome outcome = answer_.outcome.outcome;
  if (outcome == Outcome::kUnknown) {
    const std::int64_t most = std::max(kMinResolves, step().retry.limit);
    const bool again = !answer_.hopeless && job_.repair.attempt < most;
    return again ? rest(false) : record(answer_);
  }
  if (outcome != Outcome::kFailed) return record(answer_);
  const bool check = step().kind == StepKind::kCheck;
  if (check && context_.clock.mono() < check_until_) return poll();
  return may_retry(step().retry, job_, answer_) ? rest(true) : record(answer_);
}

Unit PlaybookWorker::poll() {
  phase_ = Phase::kPoll;
  return Unit::sleep(std::min(kPollEvery, context_.lease / 3));
}

Unit PlaybookWorker::after_poll() {
  if (!job_.lease.due(context_.clock.mono())) return act();
  if (job_.lease.over(context_.clock.mono())) return lapse();
  phase_ = Phase::kRenew;
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) {
    job_.lease = context_.take_lease_for(job_.repair.lease_until, step().timeout);
    return store.update_repair(job_.repair);
  });
}

// The intent stays open: the next claim, with a higher token, looks first unless all is known.
Unit PlaybookWorker::rest(bool known) {
  phase_ = Phase::kRest;
  now_ = context_.clock.wall();
  const Duration own = wait_after(known ? answer_.outcome.retry : Retry::kAfter, step().retry,
                                  job_.repair, now_, context_.random.fraction());
  const Duration asked = answer_.outcome.pause.value_or(Duration(0));
  job_.repair.not_before = now_ + std::max(own, std::min(asked, kLongestPause));
  log(LogLevel::kWarn, "playbook step will be tried again",
      {{"repair", job_.repair.id.text()}, {"step", step().name}, {"why", answer_.outcome.detail}});
  return Unit::in_store(Lane::kControl, [this, known](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    // Who was told to end only looks what became of the step, and need not wait for that.
    SB_ASSIGN(const PlaybookStop stop, playbook_stop(store, context_, job_));
    if (stop.cancelled) next_job_.repair.not_before = now_;
    const std::string why = step().name + ": " + answer_.outcome.detail;
    return rest_playbook_step(store, context_, next_job_, waiting_note(job_.repair, why), known,
                              now_);
  });
}

Unit PlaybookWorker::record(PlaybookAnswer answer) {
  phase_ = Phase::kOutcome;
  now_ = context_.clock.wall();
  answer_ = std::move(answer);
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    // One that failed in a run that was cancelled meanwhile is neither taken back nor a problem.
    SB_ASSIGN(stop_, playbook_stop(store, context_, job_));
    return end_playbook_step(store, context_, next_job_, answer_, std::string(kLoopIdentity), now_);
  });
}

Unit PlaybookWorker::after_outcome() {
  job_ = next_job_;
  std::erase_if(job_.rows, [&](const Step& row) { return row.seq == job_.row.seq; });
  job_.rows.push_back(job_.row);
  crash_point("outcome");
  context_.measures.playbooks.step_ended(book(), answer_.outcome, job_.row.undo);
  return advance();
}

// Not begun, or between two looks: another claim goes on in a moment.
Unit PlaybookWorker::give_back(const std::string& why, Retry retry) {
  phase_ = Phase::kRest;
  now_ = context_.clock.wall();
  job_.repair.not_before =
      now_ + wait_after(retry, step().retry, job_.repair, now_, context_.random.fraction());
  return Unit::in_store(Lane::kControl, [this, why](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    Repair& repair = next_job_.repair;
    repair.lease_owner.clear();
    repair.lease_until = 0;
    repair.note = waiting_note(repair, why);
    if (repair.state == RepairState::kCompensating) return store.update_repair(repair);
    return move_repair(store, repair, RepairState::kScheduled, repair.note,
                       std::string(kLoopIdentity), now_);
  });
}

Unit PlaybookWorker::end(RepairState to, const std::string& note, bool escalate) {
  phase_ = Phase::kEnd;
  now_ = context_.clock.wall();
  decision_ = Uuid::make(now_, context_.random);
  return Unit::in_store(Lane::kControl, [this, to, note, escalate](StoreTx& store) -> Result<void> {
    next_job_ = job_;
    if (escalate) {
      const Reason reason = reason_of(GateId::kOnFailure, false)
                                .with(Evidence::of("what", note))
                                .with(Evidence::of("how", "a person"));
      const Decision decision{decision_, job_.repair.reconciler, job_.plan.id,
                              now_,      Verdict::kEscalate,     {reason}};
      SB_TRY(store.insert_decision(decision));
      store.stage_audit(decision_record(decision, job_.plan, std::string(kLoopIdentity)));
    }
    return move_repair(store, next_job_.repair, to, note, std::string(kLoopIdentity), now_);
  });
}

Unit PlaybookWorker::ended() {
  context_.measures.playbooks.run_ended(book(), next_job_.repair);
  context_.repair_moved(next_job_.repair);
  log(LogLevel::kInfo, "playbook ended",
      {{"reconciler", job_.repair.reconciler},
       {"repair", job_.repair.id.text()},
       {"state", std::string(repair_state_name(next_job_.repair.state))},
       {"note", next_job_.repair.note}});
  return Unit::done();
}

}  // namespace sideband
