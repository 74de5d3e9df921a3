// All functions of the language by name. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cel/overload.h"

namespace sideband::cel {

// What a call of that name, with so many arguments, chooses from; nothing when there is none.
// `member`: written as target.name(...), the target being the first argument.
const Overloads* find_overloads(std::string_view name, bool member, std::size_t args);

// Of the same form, whatever the number of arguments: for guesses and for messages.
std::vector<std::string> function_names(bool member);
bool is_function(std::string_view name, bool member);

}  // namespace sideband::cel
