// The inputs of a playbook's run, checked by the words of JSON Schema that configuration uses.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "model/playbook.h"

namespace sideband {

// The longest value that an input may have, in bytes.
inline constexpr std::size_t kMaxInputBytes = 4096;

// Whether `text` can be this input's value. kInvalid says what was expected.
Result<void> check_input(const PlaybookInput& input, const std::string& text);

// Every input with its value: those given, and defaults for the rest. kInvalid names all that is
// wrong: unknown inputs, missing ones, values that do not fit.
Result<std::map<std::string, std::string>> resolve_inputs(
    const std::map<std::string, PlaybookInput>& inputs,
    const std::map<std::string, std::string>& given);

// Whether `pattern` is one that check_input can use.
Result<void> check_pattern(const std::string& pattern);

}  // namespace sideband
