#include "detectors/finding.h"

#include <fmt/format.h>

namespace sideband::detectors {

std::string_view state_name(State state) {
  static constexpr std::array<std::string_view, 3> kNames = {"unknown", "clear", "firing"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::string_view cause_name(Cause cause) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(Cause::kCount)> kNames = {
      "tooFewPoints", "noValue", "notFinite", "outOfOrder", "duplicate", "within",
      "above",        "below",   "pending",   "holding",    "silent",    "jump",
      "shift",        "move",    "spread",    "paused"};
  return kNames.at(static_cast<std::size_t>(cause));
}

Why& Why::with(const char* name, double value) {
  if (count < evidence.size()) evidence[count++] = {name, value};
  return *this;
}

std::string why_text(const Why& why) {
  std::string text(cause_name(why.cause));
  for (std::size_t i = 0; i < why.count; ++i) {
    text += fmt::format("{}{}={:.6g}", i == 0 ? ": " : ", ", why.evidence[i].name,
                        why.evidence[i].value);
  }
  return text;
}

}  // namespace sideband::detectors
