#include "engine/commands/switch_commands.h"

#include "engine/decide/breaker_rows.h"
#include "engine/execute/records.h"
#include "policy/breaker.h"
#include "policy/source_judge.h"

namespace sideband {
namespace {

// Within this time a second person has to agree to what the first one accepted.
constexpr Duration kAcceptanceExpires = std::chrono::minutes(30);

// The second of two people who say that the present size of the source is right; or the first.
Result<bool> accept_present_size(ReconcilerHead& head, const std::string& by,
                                 const std::string& reason, WallTime now) {
  SourceState& source = head.source;
  const bool suspect = source.condition == SourceCondition::kSuspect;
  if (!suspect) {
    return Error::conflict("its source is " + std::string(source_condition_name(source.condition)) +
                           ", not suspect: there is nothing to accept");
  }
  if (reason.empty()) {
    return Error::invalid("accepting a source needs a reason: why is its present size right?");
  }
  const SourceAcceptance& first = source.acceptance;
  const bool open = !first.by.empty() && now - first.at <= kAcceptanceExpires;
  if (open && first.by != by) {
    source = after_acceptance(std::move(source), now);
    return true;
  }
  source.acceptance = {by, reason, source.desired, now};
  return false;
}

}  // namespace

Result<void> SwitchCommands::pause(const PauseScope& scope, const Principal& by,
                                   const std::string& reason) {
  const WallTime now = context_.clock.wall();
  const std::string key = scope.key();
  return context_.store.run(Lane::kControl, [&](StoreTx& store) -> Result<void> {
    SB_TRY(store.lock_switches(SwitchLock::kExclusive));
    store.stage_audit(switch_record("pause", key, by.name(), reason, now));
    return store.put_pause(key, Pause{by.name(), reason, now});
  });
}

Result<void> SwitchCommands::resume(const PauseScope& scope, const Principal& by,
                                    const std::string& reason) {
  const WallTime now = context_.clock.wall();
  const std::string key = scope.key();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    store.stage_audit(switch_record("resume", key, by.name(), reason, now));
    return store.put_pause(key, {});
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  context_.work_queued();
  if (scope.kind == PauseScope::Kind::kName) context_.request_reevaluation(scope.name, {});
  return {};
}

Result<SourceAcceptance> SwitchCommands::accept_source(const std::string& reconciler,
                                                       const Principal& by,
                                                       const std::string& reason) {
  const std::string& name = by.name();
  const WallTime now = context_.clock.wall();
  SourceAcceptance waiting;
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    waiting = {};
    SB_ASSIGN(auto head, store.head(reconciler));
    if (!head) return Error::not_found("there is no reconciler " + reconciler);
    const SourceAcceptance first = head->source.acceptance;
    SB_ASSIGN(const bool accepted, accept_present_size(*head, name, reason, now));
    store.stage_audit(
        acceptance_record(reconciler, head->source, first, accepted, name, reason, now));
    if (!accepted) waiting = head->source.acceptance;
    return store.put_head(reconciler, *head);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  if (waiting.by.empty()) context_.request_reevaluation(reconciler, {});
  return waiting;
}

Result<void> SwitchCommands::close_breaker(const std::string& reconciler, const Principal& by,
                                           const std::string& reason) {
  if (reason.empty()) {
    return Error::invalid("closing a circuit breaker needs a reason: what was mended?");
  }
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(const auto head, store.head(reconciler));
    if (!head) return Error::not_found("there is no reconciler " + reconciler);
    SB_ASSIGN(const Breaker breaker, load_breaker(store, head->scope));
    if (breaker_state(breaker, now) == BreakerState::kClosed) {
      return Error::conflict("the circuit breaker of " + reconciler + " is closed");
    }
    store.stage_audit(switch_record("breaker_closes", reconciler, by.name(), reason, now));
    return store.put_breaker(head->scope, {});
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  context_.request_reevaluation(reconciler, {});
  return {};
}

}  // namespace sideband
