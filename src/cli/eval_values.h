// Values of the rule language as JSON: as people write it, and in the proto3-JSON form of
// cel.expr.Value (cel-spec proto/cel/expr/value.proto).
#pragma once

#include <string>

#include "cel/value.h"
#include "model/document.h"

namespace sideband::cli {

// A number without fraction and exponent is an int, any other a double. kInvalid for an int that 64
// bits cannot hold.
Result<cel::Value> value_of_json(const Document& document);

// A binding: an object with one member that is a kind of cel.expr.Value ("int64Value",
// "objectValue", ...) is that value; with "value" around it, the same; {"unknown": ...} is not
// known; anything else is JSON as people write it. `name` is for unknown values and messages.
Result<cel::Value> value_of_binding(const std::string& name, const Document& document);

// JSON of cel.expr.Value: {"int64Value":"1"}. kInvalid for what has no such form (an optional), or
// for more than 16 MiB or so of it.
Result<std::string> expr_value_json(const cel::Value& value);

}  // namespace sideband::cli
