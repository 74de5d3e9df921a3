// How much of both sides a look that is due has to read, and why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sideband {

enum class LookKind : std::uint8_t {
  kWhole,    // everything
  kKeys,     // what changed, and what is known to differ
  kNothing,  // nothing changed
};

constexpr std::string_view look_kind_name(LookKind kind) {
  constexpr std::string_view kNames[] = {"whole", "keys", "nothing"};
  return kNames[static_cast<std::size_t>(kind)];
}

struct Look {
  LookKind kind = LookKind::kWhole;
  std::string_view why;     // one word of a list (docs/metrics.md); lives for ever
  std::string detail = {};  // a sentence for people; empty where the word says it all
};

// For people: "whole (gap): desired: its feed was lost". Empty of a look that was none.
inline std::string look_text(const Look& look) {
  if (look.why.empty()) return {};
  std::string text(look_kind_name(look.kind));
  text.append(" (").append(look.why).append(")");
  return look.detail.empty() ? text : text + ": " + look.detail;
}

}  // namespace sideband
