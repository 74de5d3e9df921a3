// The orders in which keys can be compared.
#pragma once

#include <cstdint>
#include <string>

namespace sideband {

// int64 keys are canonical decimal text ("-7", "0", "42"), ordered as numbers; bytes keys are
// ordered byte by byte; none has no order.
enum class KeyOrder : std::uint8_t { kNone, kInt64, kBytes };

// Whether `a` stands before `b`. With kNone the byte order, for want of another.
bool key_before(KeyOrder order, const std::string& a, const std::string& b);

}  // namespace sideband
