// Members of maps and items of lists (cel-spec doc/langdef.md, "Field Selection"), also of
// optionals, whose members are optional. Pure functions.
#pragma once

#include <string_view>

#include "cel/value.h"

namespace sideband::cel {

// operand.name; `optional`: operand.?name. An error, or unknown, is passed on.
Value select(const Value& operand, std::string_view name, bool optional);
// operand[key]; `optional`: operand[?key].
Value select_at(const Value& operand, const Value& key, bool optional);
// has(operand.name).
Value has_member(const Value& operand, std::string_view name);

}  // namespace sideband::cel
