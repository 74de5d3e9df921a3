// gates.circuitBreaker: its fields, and what has to agree in them.
#pragma once

#include "config/table_of.h"
#include "settings/checks.h"

namespace sideband::policy {

// Of a reconciler, and of the site.
config::TableOf<BreakerSettings> breaker_rows();

// The circuit breakers of every reconciler and of the site: `of` that is not written becomes
// `failures`, and nothing is beyond what the product keeps.
void check_breakers(const CheckContext& context);

}  // namespace sideband::policy
