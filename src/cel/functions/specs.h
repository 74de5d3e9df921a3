// The functions of each file of this folder.
#pragma once

#include <string_view>
#include <vector>

#include "cel/overload.h"

namespace sideband::cel {

struct FunctionSpec {
  std::string_view name;
  bool member = false;  // target.name(...): the target is the first parameter
  Overload overload;
};
using FunctionSpecs = std::vector<FunctionSpec>;

FunctionSpecs operator_functions();    // + - * / % < in !
FunctionSpecs conversion_functions();  // int(), string(), type(), dyn(), ...
FunctionSpecs string_functions();      // contains, indexOf, replace, ...; base64
FunctionSpecs text_functions();        // format, quote, matches
FunctionSpecs list_functions();        // size, join, slice, sort, ...
FunctionSpecs set_functions();         // sets.contains, ...
FunctionSpecs math_functions();        // math.greatest, ...
FunctionSpecs time_functions();        // timestamp(), getHours, ...
FunctionSpecs optional_functions();    // optional.of, orValue, ...
FunctionSpecs wrapper_functions();     // google.protobuf.Int64Value{value: 1}, ...

}  // namespace sideband::cel
