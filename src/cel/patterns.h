// Regular expressions (RE2, https://github.com/google/re2/wiki/Syntax) whose size is bounded, so
// that neither making nor using one takes long.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace sideband::cel {

// kInvalid with RE2's words, or for what is too large.
Result<std::shared_ptr<const re2::RE2>> compile_pattern(std::string_view pattern);
// What making it costs, in steps of a Budget.
std::uint64_t compile_cost(std::string_view pattern);
// What a search through so many bytes costs.
std::uint64_t search_cost(const re2::RE2& pattern, std::size_t bytes);
// Anywhere in the text.
bool found_in(const re2::RE2& pattern, std::string_view text);

}  // namespace sideband::cel
