// Macros: calls whose arguments are expressions and not values (cel-spec doc/langdef.md, "Macros",
// and the extensions of cel-go for two-variable comprehensions, bindings and optionals).
#pragma once

#include <string_view>

#include "base/result.h"
#include "cel/node.h"

namespace sideband::cel {

// Makes of a kCall or kMemberCall that is a macro the node that it stands for; others stay as they
// are. kInvalid, with line and column, where a macro has the wrong arguments.
Result<void> expand_macro(std::string_view source, Node& call);

}  // namespace sideband::cel
