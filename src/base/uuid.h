// UUID version 7 (RFC 9562 5.7): ids that sort by time, so that index writes land side by side.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace sideband {

// 16 bytes, or none. Without an allocation, since a repair names several and is copied often.
class Uuid {
 public:
  Uuid() = default;
  static Uuid make(WallTime now, Random& random);
  // From 16 bytes; stops the process on another length.
  static Uuid from_bytes(std::string_view bytes);
  // From "01890a5d-ac96-774b-bcce-b302099a8057", lower case.
  static Result<Uuid> parse(std::string_view text);
  // Sorts before every id that is made at `time` or later, and after all that were made before its
  // millisecond.
  static Uuid first_of(WallTime time);

  // As stores keep them; a view of this object.
  [[nodiscard]] std::string_view bytes() const { return {bytes_.data(), size_}; }
  [[nodiscard]] std::string text() const;
  // When it was made, to the millisecond; epoch for an empty one.
  [[nodiscard]] WallTime made_at() const;
  [[nodiscard]] bool empty() const { return size_ == 0; }
  auto operator<=>(const Uuid& other) const { return bytes() <=> other.bytes(); }
  bool operator==(const Uuid& other) const { return bytes() == other.bytes(); }

 private:
  void put_time(std::uint64_t ms);

  std::array<char, 16> bytes_{};
  std::uint8_t size_ = 0;  // 16, or 0 for none
};

}  // namespace sideband
