// Options of an operation with their placeholders filled in.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "model/settings.h"

namespace sideband {

// The value of a placeholder; an error where there is none.
using ValueOf = std::function<Result<std::string>(const std::string& placeholder)>;

Result<std::string> fill_text(const std::string& text, const ValueOf& value_of);

// Also fails where a value has a line break: lists are joined by these, and it could become another
// argument of a command.
Result<DriverOptions> fill_options(const DriverOptions& options, const ValueOf& value_of);

}  // namespace sideband
