#include "engine/execute/repair_hook.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "policy/hook_values.h"

namespace sideband {
namespace {

// A candidate that lies beside what is live for as long as this object lives.
class Candidate {
 public:
  Candidate(Collection& collection, std::string path)
      : collection_(collection), path_(std::move(path)) {}
  ~Candidate() {
    const auto gone = collection_.unstage(path_);
    if (gone.ok()) return;
    log(LogLevel::kWarn, "candidate stays", {{"path", path_}, {"why", gone.error().message}});
  }
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Collection& collection_;
  const std::string path_;
};

ChangeOutcome outcome_of(const Result<OperationReply>& reply) {
  if (reply.ok()) return reply->outcome;
  const bool maybe = reply.error().effect == Effect::kMaybe;
  ChangeOutcome outcome{maybe ? Outcome::kUnknown : Outcome::kFailed, false, reply.error().message};
  outcome.said = reply.error().said;
  return outcome;
}

}  // namespace

StageEnd follow_hook(const RepairWork& work, const HookReport& report) {
  const Repair& repair = work.job.repair;
  if (!is_settled(report.outcome)) {
    const std::string why = hook_problem(report);
    if (work.undoing()) return needs_human("taken back, but " + why);
    if (repair.undo || repair.changed == 0) return needs_human(why);
    return {.next = StageEnd::Next::kRollBack, .why = why};
  }
  if (work.undoing()) return {.next = StageEnd::Next::kRollBack};
  const bool validates = repair.state == RepairState::kValidating;
  return {.next = validates ? StageEnd::Next::kValidate : StageEnd::Next::kSteps};
}

RepairHook::RepairHook(RepairWork& work, HookKind kind) : work_(work), kind_(kind) {
  report_.kind = kind;
}

const HookSettings& RepairHook::hook() const {
  const RepairSettings& repair = work_.settings().repair;
  return kind_ == HookKind::kBefore ? repair.before : repair.after;
}

Advance RepairHook::next() {
  switch (phase_) {
    case Phase::kBegin:
      find_things();
      if (work_.job.step) return ended_by_person() ? record() : resume();
      if (!things_.empty()) return intend();
      work_.before_done = work_.job.repair.position;
      return StageEnd{.next = StageEnd::Next::kSteps};
    case Phase::kIntent:
      return after_intent();
    case Phase::kRenew:
      return call();
    case Phase::kCall:
      return after_call();
    case Phase::kOutcome:
      return after_record();
  }
  return StageEnd{};
}

// What is deleted has no candidate.
void RepairHook::find_things() {
  if (kind_ == HookKind::kAfter || !runs_for_each(hook())) {
    things_ = {nullptr};
    return;
  }
  const RepairJob& job = work_.job;
  const std::int64_t left = work_.cohort_end(job.repair) - job.repair.position;
  const std::int64_t end = std::min<std::int64_t>(std::ssize(*job.changes), job.offset + left);
  const bool only_wanted = wants_candidate(hook());
  for (std::int64_t i = job.offset; i < end; ++i) {
    const Change& change = job.changes->at(static_cast<std::size_t>(i));
    if (change.want.present() || !only_wanted) things_.push_back(&change);
  }
}

// Nothing is called any more: a person cancelled it, or its worker died too often.
bool RepairHook::ended_by_person() const {
  return !work_.job.cancelled.empty() || !work_.job.poisoned.empty();
}

Unit RepairHook::intend() {
  if (work_.lease_over()) return work_.lapse("before a hook");
  phase_ = Phase::kIntent;
  salt_ = work_.context.random.bytes(32);
  now_ = work_.context.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = work_.job;
    const HookIntent intent{kind_, hook().timeout, salt_};
    SB_ASSIGN(grant_, begin_hook(store, work_.context, next_job_, intent, now_));
    return {};
  });
}

Unit RepairHook::resume() {
  phase_ = Phase::kIntent;
  now_ = work_.context.clock.wall();
  grant_ = {};
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = work_.job;
    return resume_step(store, work_.context, next_job_, now_);
  });
}

Advance RepairHook::after_intent() {
  if (grant_.kind == StepGrant::Kind::kCancel) return cancelled(grant_.why);
  if (grant_.kind == StepGrant::Kind::kGiveBack) {
    return StageEnd{.next = StageEnd::Next::kGiveBack, .why = grant_.why};
  }
  if (grant_.kind == StepGrant::Kind::kRollBack) {
    return StageEnd{.next = StageEnd::Next::kRollBack, .why = grant_.why};
  }
  work_.job = next_job_;
  crash_point("intent");
  return renew();
}

// So that the lease covers a whole call.
Unit RepairHook::renew() {
  if (work_.lease_over()) return work_.lapse("before a hook");
  const MonoTime now = work_.context.clock.mono();
  if (work_.job.lease.time_to_act(now) >= hook().timeout) return call();
  phase_ = Phase::kRenew;
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    Repair& repair = work_.job.repair;
    work_.job.lease = work_.context.take_lease_for(repair.lease_until, hook().timeout);
    return store.update_repair(repair);
  });
}

Unit RepairHook::call() {
  phase_ = Phase::kCall;
  return Unit::on_target(work_.job.runtime->pool(), [this]() -> Result<void> {
    call_for(things_.at(at_));
    return {};
  });
}

void RepairHook::call_for(const Change* change) {
  const auto reply = run_with(change);
  error_ = reply.ok() ? std::nullopt : std::optional(reply.error());
  report_.outcome = outcome_of(reply);
  report_.ended = true;
  report_.key = is_settled(report_.outcome) || change == nullptr ? "" : change->key;
}

Result<OperationReply> RepairHook::run_with(const Change* change) {
  const ReconcilerRuntime& runtime = *work_.job.runtime;
  const Repair& repair = work_.job.repair;
  HookValues values{runtime.name(), repair.id.text(), std::nullopt, std::nullopt};
  std::optional<Candidate> candidate;
  if (change != nullptr) values.key = change->key;
  if (change != nullptr && wants_candidate(hook())) {
    SB_ASSIGN(const std::string path, runtime.actual->stage(*change));
    values.candidate = candidate.emplace(*runtime.actual, path).path();
  }
  OperationRequest request;
  request.repair = repair.id;
  request.step = hook_name(kind_);
  request.key =
      repair.id.text() + ":" + std::to_string(work_.job.step->seq) + ":" + std::to_string(at_);
  request.token = repair.token;
  SB_ASSIGN(request.options, fill_hook(hook().run, values));
  // As long as it is noted as running it must not go with a runtime that a reload replaced.
  const std::shared_ptr<Operation> operation(
      work_.job.runtime, kind_ == HookKind::kBefore ? runtime.before.get() : runtime.after.get());
  SB_TRY(operation->check(request));
  // Past the end of the lease another claim may act, too.
  request.timeout =
      std::min(hook().timeout, work_.job.lease.time_to_act(work_.context.clock.mono()));
  if (request.timeout <= Duration(0)) {
    return Error::unavailable("the lease was about to end, nothing was run");
  }
  // What takes a repair back is not ended by a cancel, which would ask for that.
  std::optional<RunningCall> running;
  if (!work_.undoing()) running.emplace(*work_.context.calls, repair.id, operation, request.key);
  crash_point("effect_begun");
  auto reply = operation->run(request);
  crash_point("effect_done");
  return reply;
}

Advance RepairHook::after_call() {
  const bool good = is_settled(report_.outcome);
  if (good && ++at_ < things_.size()) return renew();
  const bool stopped = error_ && error_->code == ErrorCode::kCancelled;
  const bool again = !good && !stopped && error_ && cures_itself(error_->retry) &&
                     work_.job.repair.attempt < work_.settings().retry.limit;
  if (again) return StageEnd{.next = StageEnd::Next::kRetry, .why = hook_problem(report_)};
  return record();
}

Unit RepairHook::record() {
  phase_ = Phase::kOutcome;
  now_ = work_.context.clock.wall();
  if (!report_.ended) {
    const RepairJob& job = work_.job;
    report_.ended = true;
    report_.outcome = {Outcome::kUnknown, false, job.cancelled + job.poisoned};
  }
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = work_.job;
    SB_TRY(note_cancel(store));
    SB_TRY(end_hook(store, work_.context, next_job_, report_, now_));
    const bool good = is_settled(report_.outcome);
    if (!good || kind_ == HookKind::kBefore) return {};
    work_.after_done = next_job_.repair.position;
    if (!work_.ends_execution(next_job_.repair)) return {};
    return move_repair(store, next_job_.repair, RepairState::kValidating, "", "sideband", now_);
  });
}

// A run that a cancel ended ends the repair.
Result<void> RepairHook::note_cancel(StoreTx& store) {
  if (!error_ || error_->code != ErrorCode::kCancelled || work_.undoing()) return {};
  SB_ASSIGN(const auto cancel, store.cancel_request(next_job_.repair.id));
  if (!cancel) return {};
  next_job_.cancelled = cancel_text(*cancel) + "; " + hook_problem(report_);
  return {};
}

Advance RepairHook::after_record() {
  work_.job = next_job_;
  crash_point("outcome");
  work_.context.measures.hook_ended(work_.settings(), hook_name(kind_), report_.outcome);
  const RepairJob& job = work_.job;
  if (!job.poisoned.empty()) return needs_human(job.poisoned);
  if (!job.cancelled.empty()) return cancelled(job.cancelled);
  if (is_settled(report_.outcome) && kind_ == HookKind::kBefore) {
    work_.before_done = job.repair.position;
  }
  StageEnd end = follow_hook(work_, report_);
  if (end.next == StageEnd::Next::kValidate) work_.context.repair_moved(job.repair);
  return end;
}

}  // namespace sideband
