// The orders in which keys can be compared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sideband {

// int64 keys are canonical decimal text ("-7", "0", "42"), ordered as numbers; bytes keys are
// ordered byte by byte; none has no order.
enum class KeyOrder : std::uint8_t { kNone, kInt64, kBytes };

// What the texts of keys are: any text or bytes, whole numbers, UUIDs.
enum class KeyForm : std::uint8_t { kText, kInt64, kUuid };

// Whether a key of this form can be this text, in the one way in which such keys are written.
bool is_key(KeyForm form, std::string_view text);

// Whether `a` stands before `b`. With kNone the byte order, for want of another.
bool key_before(KeyOrder order, const std::string& a, const std::string& b);

}  // namespace sideband
