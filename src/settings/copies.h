// `desired.copies`: where the copies of an item are wanted. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband::policy {

// The pattern of folders in "node-*/conf/{path}": "node-*/conf". kInvalid, saying what to write,
// unless it is a clean relative path without `**` in front of one {path} that ends it.
Result<std::string> read_copy(std::string_view text);

// Patterns of the copies of things that match `pattern`.
std::vector<std::string> copies_of(const std::vector<std::string>& folders,
                                   const std::string& pattern);

}  // namespace sideband::policy
