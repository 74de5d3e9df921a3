#include "base/uuid.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"

namespace sideband {

// The first six bytes.
void Uuid::put_time(std::uint64_t ms) {
  for (std::size_t i = 0; i < 6; ++i) bytes_.at(i) = static_cast<char>(ms >> (40 - 8 * i));
  size_ = 16;
}

Uuid Uuid::make(WallTime now, Random& random) {
  Uuid id;
  id.put_time(static_cast<std::uint64_t>(to_us(now) / 1000));
  const std::string rest = random.bytes(10);
  std::copy(rest.begin(), rest.end(), id.bytes_.begin() + 6);
  id.bytes_[6] = static_cast<char>((id.bytes_[6] & 0x0f) | 0x70);
  id.bytes_[8] = static_cast<char>((id.bytes_[8] & 0x3f) | 0x80);
  return id;
}

Uuid Uuid::first_of(WallTime time) {
  Uuid id;
  id.put_time(static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_us(time)) / 1000));
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
  std::copy(bytes.begin(), bytes.end(), id.bytes_.begin());
  id.size_ = 16;
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
  std::string out = to_hex(bytes());
  for (const std::size_t dash : {8, 13, 18, 23}) out.insert(dash, 1, '-');
  return out;
}

}  // namespace sideband
