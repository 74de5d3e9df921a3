// Fields whose values are data, like a JSON column: compared by value, and written so that what is
// not ours in them stays. Pure.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "model/state.h"
#include "policy/compare.h"

namespace sideband {

// How the values of fields are read, by the field's name; fields that are not here are bytes.
using FieldRules = std::map<std::string, ContentRules>;

// What is wanted of fields, given what was found: a value that is equal as data is the one that is
// there, so that it counts as equal and is not written anew, and where only what is said counts,
// what was found with that over it. The error names the field; it is for a value that cannot be
// read, unless that is the found one and all of it is ours to write.
Result<State> wanted_fields(State want, const State& found, const FieldRules& rules);

}  // namespace sideband
