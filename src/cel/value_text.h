// Values as people read them: in the notation of the language where there is one.
#pragma once

#include <string>

#include "cel/value.h"

namespace sideband::cel {

// "[1, 2u, 1.5]", "{"a": b"\xff"}", "timestamp("2026-01-01T00:00:00Z")", "optional.of(1)",
// "unknown(plan.changes)", "error(divide by zero)". Ends with "..." once it has `most` bytes, so
// that its cost has an end.
std::string value_text(const Value& value, std::size_t most);

// For messages.
std::string short_text(const Value& value);

}  // namespace sideband::cel
