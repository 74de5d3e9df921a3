// Data in the canonical form of RFC 8785 (JCS), the whole of it: fractions and exponents too.
//
// Our own records are written by base/jcs.h, which knows whole numbers alone.
#pragma once

#include <string>

#include "base/result.h"
#include "model/document.h"

namespace sideband {

// Keys by UTF-16 code units, numbers as ECMAScript writes the nearest double, no white space and no
// line break at the end.
std::string canonical_json(const Document& document);

// A finite number as ECMAScript's Number::toString does (ECMA-262, 6.1.6.1.20).
std::string ecmascript_number(double value);

}  // namespace sideband
