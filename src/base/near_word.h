// Guesses at what a misspelt word was meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sideband {

// "; did you mean \"interval\"?" with the candidate nearest to `word` by at most 2 edits; else "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace sideband
