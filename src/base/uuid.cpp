#include "base/uuid.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"

namespace sideband {

Uuid Uuid::make(WallTime now, Random& random) {
  const auto ms = static_cast<std::uint64_t>(to_us(now) / 1000);
  Uuid id;
  for (int shift = 40; shift >= 0; shift -= 8) id.bytes_ += static_cast<char>(ms >> shift);
  id.bytes_ += random.bytes(10);
  id.bytes_[6] = static_cast<char>((id.bytes_[6] & 0x0f) | 0x70);
  id.bytes_[8] = static_cast<char>((id.bytes_[8] & 0x3f) | 0x80);
  return id;
}

Uuid Uuid::first_of(WallTime time) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_us(time)) / 1000);
  Uuid id;
  for (int shift = 40; shift >= 0; shift -= 8) id.bytes_ += static_cast<char>(ms >> shift);
  id.bytes_.append(10, '\0');
  return id;
}

WallTime Uuid::made_at() const {
  if (empty()) return {};
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | static_cast<unsigned char>(bytes_[i]);
  return from_us(ms * 1000);
}

Uuid Uuid::from_bytes(std::string_view bytes) {
  SB_CHECK(bytes.size() == 16);
  Uuid id;
  id.bytes_ = bytes;
  return id;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  std::string hex;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return Error::invalid("not a UUID: " + std::string(text));
    if (!dash) hex += text[i];
  }
  auto bytes = from_hex(hex);
  if (!bytes.ok() || bytes->size() != 16) {
    return Error::invalid("not a UUID: " + std::string(text));
  }
  return from_bytes(*bytes);
}

std::string Uuid::text() const {
  if (empty()) return "";
  const std::string hex = to_hex(bytes_);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace sideband
