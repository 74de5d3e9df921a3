// From a source to its tree, by the grammar of cel-spec doc/langdef.md, "Syntax", with optional
// members, indices and entries as cel-go reads them.
#pragma once

#include <string_view>

#include "base/result.h"
#include "cel/node.h"

namespace sideband::cel {

// kInvalid, with line and column of the first thing that is wrong. Names stay unresolved.
Result<Node> parse(std::string_view source);

}  // namespace sideband::cel
