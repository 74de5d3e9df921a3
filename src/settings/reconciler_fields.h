// The field table of kind Reconciler.
#pragma once

#include "config/field_table.h"

namespace sideband::policy {

// Whose keys stand under which part. A driver may be null: then its own keys are accepted unread.
struct ReconcilerDrivers {
  const config::DriverFields* desired = nullptr;
  const config::DriverFields* actual = nullptr;
  const config::DriverFields* before = nullptr;
  const config::DriverFields* after = nullptr;
};
config::Fields reconciler_fields(const ReconcilerDrivers& drivers);

}  // namespace sideband::policy
