// Whether the two sides of one reconciler fit each other, as far as configuration can tell.
#pragma once

#include "settings/checks.h"

namespace sideband::policy {

// Reports what no look could compare or no repair could write: options that a driver refuses,
// templates that cannot be filled in, settings without effect. Only for a document whose values are
// right each by itself. What columns a query has is known to its database alone.
void check_sides(const CheckContext& context, const ReconcilerSettings& reconciler);

// The items of a list among a driver's options.
std::vector<std::string> lines_of(std::string_view text);

}  // namespace sideband::policy
