#include "base/error.h"

#include <array>

namespace sideband {

std::string join_said(std::string_view message, std::string_view said) {
  std::string out(message);
  if (said.empty()) return out;
  return out.append(": ").append(said);
}

Error Error::saying(std::string_view words) const {
  Error copy = *this;
  copy.said = words;
  return copy;
}

Error Error::in(std::string_view where) const {
  Error copy = *this;
  copy.message = std::string(where) + ": " + message;
  return copy;
}

std::string_view error_code_name(ErrorCode code) {
  static constexpr std::array<std::string_view, 12> kNames = {
      "invalid", "not_found", "conflict", "refused",     "permission", "unavailable",
      "timeout", "storage",   "corrupt",  "unsupported", "cancelled",  "internal"};
  return kNames.at(static_cast<std::size_t>(code));
}

}  // namespace sideband
