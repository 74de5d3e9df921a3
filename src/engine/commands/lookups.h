// What most commands look up first, with the errors that people see where it is not there.
#pragma once

#include "model/repair.h"
#include "ports/store.h"

namespace sideband {

// kNotFound: there is no such repair.
Result<Repair> find_repair(StoreReader& store, const Uuid& id);
// kConflict: the plan is gone, or was never sealed.
Result<Plan> find_sealed_plan(StoreReader& store, const Uuid& id);

}  // namespace sideband
