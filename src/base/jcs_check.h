// Checks that bytes are JSON in the canonical form of RFC 8785, restricted as in base/jcs.h.
//
// One pass, no copies, no allocation but for keys with escapes; at most kMaxJcsDepth deep. So that
// two verifiers can never read a record differently, what is not canonical is not a record.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace sideband {

inline constexpr int kMaxJcsDepth = 64;

// Sees each member of the outermost object; both are views of the text: the key without quotes, the
// value as JSON.
class JcsVisitor {
 public:
  virtual ~JcsVisitor() = default;
  virtual void member(std::string_view key, std::string_view value) = 0;
};

// kInvalid with the byte offset and the reason: white space, keys unsorted (by UTF-16 code units)
// or twice, a number that is not whole or beyond +-(2^53 - 1), an escape where none is needed or in
// another spelling, invalid UTF-8, or text after the value.
Result<void> check_canonical(std::string_view text, JcsVisitor* visitor = nullptr);

}  // namespace sideband
