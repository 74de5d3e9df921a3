// UUID version 7 (RFC 9562 5.7): ids that sort by time, so that index writes land side by side.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace sideband {

// 16 bytes, held as a byte string so that stores bind them as they are.
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

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string text() const;
  // When it was made, to the millisecond; epoch for an empty one.
  [[nodiscard]] WallTime made_at() const;
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  auto operator<=>(const Uuid&) const = default;

 private:
  std::string bytes_;
};

}  // namespace sideband
