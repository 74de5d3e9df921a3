// What most commands look up first, with the errors that people see where it is not there.
#pragma once

#include "engine/runtime/reconciler_runtime.h"
#include "model/repair.h"
#include "ports/store.h"

namespace sideband {

// kNotFound: there is no such repair.
Result<Repair> find_repair(StoreReader& store, const Uuid& id);
// kConflict: the plan is gone, or was never sealed.
Result<Plan> find_sealed_plan(StoreReader& store, const Uuid& id);
// kConflict: the reconciler of this plan is not there (null), or was configured anew since.
Result<void> check_current(const Plan& plan, const ReconcilerRuntime* runtime);

}  // namespace sideband
