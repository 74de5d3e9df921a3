#include "engine/commands/lookups.h"

namespace sideband {

Result<Repair> find_repair(StoreReader& store, const Uuid& id) {
  SB_ASSIGN(const auto repair, store.repair(id));
  if (!repair) return Error::not_found("there is no repair " + id.text());
  return *repair;
}

Result<Plan> find_sealed_plan(StoreReader& store, const Uuid& id) {
  SB_ASSIGN(const auto plan, store.plan(id));
  if (!plan || plan->state != PlanState::kSealed) {
    return Error::conflict("plan " + id.text() + " is gone: a newer scan replaced it");
  }
  return *plan;
}

Result<void> check_current(const Plan& plan, const ReconcilerRuntime* runtime) {
  if (runtime == nullptr) {
    return Error::conflict("reconciler " + plan.reconciler + " is not configured or not reachable");
  }
  if (plan.reconciler_version != runtime->settings.version ||
      plan.guardrails_version != runtime->guardrails_version()) {
    return Error::conflict("the configuration changed after this plan; wait for the next scan");
  }
  return {};
}

}  // namespace sideband
