#include "model/repair.h"

#include <array>

namespace sideband {

static constexpr std::array<std::string_view, 5> kVerdicts = {"act", "await_approval", "hold",
                                                              "ignore", "escalate"};

std::string waiting_note(const Repair& repair, const std::string& why) {
  if (repair.refused_since == WallTime()) return why;
  return "the target refuses since " + format_time(repair.refused_since) + ": " + why;
}

std::string_view verdict_name(Verdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict));
}

Result<Verdict> verdict_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kVerdicts.size(); ++i) {
    if (kVerdicts.at(i) == name) return static_cast<Verdict>(i);
  }
  return Error::invalid("no verdict is called " + std::string(name));
}

std::string_view drift_state_name(DriftState state) {
  static constexpr std::array<std::string_view, 5> kNames = {"suspect", "open", "attached",
                                                             "cooling", "left_alone"};
  return kNames.at(static_cast<std::size_t>(state));
}

}  // namespace sideband
