#include "rehearsal/people.h"

#include "policy/gates/gate.h"

namespace sideband::sim {
namespace {

PauseScope scope_of(const PersonActs& person) {
  if (person.reconciler.empty()) return {};
  return {PauseScope::Kind::kName, person.reconciler};
}

// The repair that waits for people, and the hash of its plan.
Result<std::pair<Uuid, std::string>> waiting_repair(Store& store, const std::string& reconciler) {
  std::pair<Uuid, std::string> found;
  SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
    RepairFilter filter;
    filter.reconciler = reconciler;
    filter.state = RepairState::kAwaitingApproval;
    filter.limit = 1;
    SB_ASSIGN(const auto repairs, reader.repairs(filter));
    if (repairs.empty())
      return Error::not_found("no repair of " + reconciler + " waits for people");
    SB_ASSIGN(const auto plan, reader.plan(repairs[0].plan));
    found = {repairs[0].id, plan ? plan->hash : ""};
    return {};
  }));
  return found;
}

Result<void> answer(const PersonActs& person, const Principal& who, Engine& engine, Store& store) {
  SB_ASSIGN(const auto waiting, waiting_repair(store, person.reconciler));
  ApprovalCommands& approvals = engine.commands().approvals;
  if (person.deed == Deed::kReject) {
    SB_TRY(approvals.reject(waiting.first, who, person.reason));
    return {};
  }
  SB_TRY(approvals.approve(waiting.first, who, waiting.second, person.reason));
  return {};
}

Result<void> apply(const PersonActs& person, const Principal& who, Engine& engine, Store& store) {
  Uuid plan;
  SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto head, reader.head(person.reconciler));
    if (!head || head->plan.empty()) {
      return Error::not_found("no plan of " + person.reconciler + " is held");
    }
    plan = head->plan;
    return {};
  }));
  SB_ASSIGN(const GateSet released, read_release(person.release));
  SB_TRY(engine.commands().plans.apply(plan, who, released));
  return {};
}

Result<void> silence(const PersonActs& person, const Principal& who, Engine& engine) {
  SB_TRY(engine.commands().silences.add({.reconciler = person.reconciler}, person.length, who,
                                        person.reason));
  return {};
}

Result<void> accept_source(const PersonActs& person, const Principal& who, Engine& engine) {
  SB_TRY(engine.commands().switches.accept_source(person.reconciler, who, person.reason));
  return {};
}

}  // namespace

Result<void> do_deed(const PersonActs& person, Engine& engine, Store& store) {
  SB_ASSIGN(const Principal who,
            Principal::make(person.by, Principal::Kind::kPerson, "a test of decisions"));
  SwitchCommands& switches = engine.commands().switches;
  switch (person.deed) {
    case Deed::kPause:
      return switches.pause(scope_of(person), who, person.reason);
    case Deed::kResume:
      return switches.resume(scope_of(person), who, person.reason);
    case Deed::kApprove:
    case Deed::kReject:
      return answer(person, who, engine, store);
    case Deed::kApply:
      return apply(person, who, engine, store);
    case Deed::kSilence:
      return silence(person, who, engine);
    case Deed::kAcceptSource:
      return accept_source(person, who, engine);
    case Deed::kCloseBreaker:
      return switches.close_breaker(person.reconciler, who, person.reason);
    case Deed::kScan:
      engine.wake(person.reconciler);
      return {};
  }
  return {};
}

}  // namespace sideband::sim
