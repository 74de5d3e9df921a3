#include "ports/grants.h"

#include <array>

namespace sideband {

std::string_view grant_state_name(GrantState state) {
  constexpr std::array<std::string_view, 4> kNames = {"has", "missing", "excess", "unknown"};
  return kNames.at(static_cast<std::size_t>(state));
}

void GrantReport::add(std::string what, bool needed, bool there, std::string give,
                      std::string take) {
  if (!needed && !there) return;
  const GrantState state = !there   ? GrantState::kMissing
                           : needed ? GrantState::kHas
                                    : GrantState::kExcess;
  std::string fix;
  if (state == GrantState::kMissing) fix = std::move(give);
  if (state == GrantState::kExcess) fix = std::move(take);
  grants.push_back({std::move(what), state, needed, std::move(fix)});
}

void GrantReport::add_unknown(std::string what, bool needed, std::string why) {
  grants.push_back({std::move(what), GrantState::kUnknown, needed, std::move(why)});
}

void GrantReport::add_excess(std::string what, std::string take) {
  grants.push_back({std::move(what), GrantState::kExcess, false, std::move(take)});
}

}  // namespace sideband
