// The field table of kind Reconciler.
#pragma once

#include "config/field_table.h"

namespace sideband::policy {

// A driver may be null: then its own keys are accepted unread.
config::Fields reconciler_fields(const config::DriverFields* desired,
                                 const config::DriverFields* actual);

}  // namespace sideband::policy
