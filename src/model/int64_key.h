// int64 keys as text: canonical decimal, so that one number is one key.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sideband {

// Nothing for anything but "0", "42", "-7": no plus, no leading zeros, no blanks, no overflow.
inline std::optional<std::int64_t> parse_int64_key(std::string_view key) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
  if (error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  const bool negative = key.starts_with('-');
  const std::string_view digits = key.substr(negative ? 1 : 0);
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  if (negative && number == 0) return std::nullopt;
  return number;
}

}  // namespace sideband
