#include "engine/execute/undo.h"

#include "engine/decide/gate_state.h"
#include "engine/execute/event_log.h"
#include "engine/execute/records.h"
#include "engine/observe/page_stream.h"

namespace sideband {

UndoPlanner::UndoPlanner(EngineContext& context, ReconcilerRuntimePtr runtime, UndoOptions options,
                         UndoDone done)
    : context_(context),
      runtime_(std::move(runtime)),
      options_(std::move(options)),
      done_(std::move(done)),
      steps_(context_.store, options_.repair, sides_overlap(*runtime_)),
      policies_(context_, runtime_, [this](StoreReader& store) {
        return facts_to_seal(store, context_, *runtime_, request_, context_.clock.wall());
      }) {
  const WallTime now = context_.clock.wall();
  request_.plan.id = Uuid::make(now, context_.random);
  request_.decision = Uuid::make(now, context_.random);
  request_.plan.reconciler = runtime_->name();
  request_.plan.reconciler_version = runtime_->settings.version;
  request_.plan.guardrails_version = runtime_->guardrails_version();
  request_.plan.observed_at = request_.plan.created_at = now;
  request_.plan.whole = false;
  request_.drafted = true;
  request_.undo = true;
  request_.first_seen = now;
  request_.requester = options_.requester.name();
  request_.released = options_.released;
  request_.request = options_.request;
}

Unit UndoPlanner::next(Result<void> last) {
  if (phase_ == Phase::kDrop) return Unit::done();
  if (!last.ok()) return drop(last.error());
  switch (phase_) {
    case Phase::kStart:
      return check();
    case Phase::kCheck:
      return take_step();
    case Phase::kSteps:
      if (!taken_.changes.empty()) return store_step();
      return taken_.last ? judge() : take_step();
    case Phase::kStore:
      return after_store();
    case Phase::kAsk:
      return judge();
    case Phase::kSeal:
      break;
    case Phase::kDrop:
      return Unit::done();
  }
  if (reply_.repair.state == RepairState::kAwaitingApproval) {
    log_awaits_approval(reply_.repair, reply_.plan);
  }
  context_.policies->put(reply_.plan.id, policies_.answers(), context_.clock.wall());
  context_.repair_moved(reply_.repair);
  if (reply_.repair.state == RepairState::kQueued) context_.work_queued();
  done_(reply_);
  return Unit::done();
}

Unit UndoPlanner::check() {
  phase_ = Phase::kCheck;
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    SB_ASSIGN(const auto repair, store.repair(options_.repair));
    if (!repair) return Error::not_found("there is no repair " + options_.repair.text());
    if (!is_terminal(repair->state)) {
      return Error::conflict("repair is " + std::string(repair_state_name(repair->state)) +
                             "; cancel it first");
    }
    if (repair->changed == 0) return Error::conflict("this repair changed nothing");
    return store.insert_plan(request_.plan);
  });
}

Unit UndoPlanner::take_step() {
  phase_ = Phase::kSteps;
  return Unit::on_target(kStorePool, [this]() -> Result<void> {
    SB_ASSIGN(taken_, steps_.next());
    return {};
  });
}

Unit UndoPlanner::store_step() {
  phase_ = Phase::kStore;
  return Unit::in_store(Lane::kBulk, [this](StoreTx& store) {
    return store.insert_chunk(request_.plan.id, request_.plan.chunks,
                              encode_changes(taken_.changes));
  });
}

Unit UndoPlanner::after_store() {
  count_changes(taken_.changes, taken_.leaves, request_.plan, request_.hasher);
  ++request_.plan.chunks;
  return taken_.last ? judge() : take_step();
}

Unit UndoPlanner::judge() {
  phase_ = Phase::kAsk;
  if (runtime_->policies.empty()) return seal();
  if (auto unit = policies_.next()) return std::move(*unit);
  request_.policies = policies_.answers();
  return seal();
}

Unit UndoPlanner::seal() {
  phase_ = Phase::kSeal;
  const WallTime now = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this, now](StoreTx& store) -> Result<void> {
    SB_TRY(store.lock_switches(SwitchLock::kExclusive));
    SB_ASSIGN(reply_, seal_plan(store, context_, runtime_, request_, now));
    if (!reply_.has_repair) {
      return Error::refused("undo is held back: " + refusals_text(reply_.decision.reasons));
    }
    const std::string why = "undo of repair " + options_.repair.text();
    const std::string& by = options_.requester.name();
    store.stage_audit(switch_record("pause", runtime_->name(), by, why, now));
    return store.put_pause(runtime_->name(), Pause{by, why, now});
  });
}

Unit UndoPlanner::drop(const Error& error) {
  phase_ = Phase::kDrop;
  done_(error);
  return Unit::in_store(Lane::kBulk,
                        [this](StoreTx& store) { return drop_draft(store, request_.plan.id); });
}

}  // namespace sideband
