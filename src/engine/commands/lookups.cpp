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

}  // namespace sideband
