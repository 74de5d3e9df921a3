#include "ports/grants.h"

#include <array>

namespace sideband {

std::string_view grant_state_name(GrantState state) {
  constexpr std::array<std::string_view, 4> kNames = {"has", "missing", "excess", "unknown"};
  return kNames.at(static_cast<std::size_t>(state));
}

namespace {

GrantState state_of(bool needed, bool there) {
  if (!there) return GrantState::kMissing;
  return needed ? GrantState::kHas : GrantState::kExcess;
}

// Of two texts the one that is about this state.
std::string about(GrantState state, std::string missing, std::string excess) {
  if (state == GrantState::kMissing) return missing;
  return state == GrantState::kExcess ? excess : std::string();
}

}  // namespace

void GrantReport::add(std::string what, bool needed, bool there, std::string give,
                      std::string take) {
  if (!needed && !there) return;
  const GrantState state = state_of(needed, there);
  grants.push_back({std::move(what), state, needed,
                    Remedy::command(about(state, std::move(give), std::move(take)))});
}

void GrantReport::add_told(std::string what, bool needed, bool there, std::string missing,
                           std::string excess) {
  if (!needed && !there) return;
  const GrantState state = state_of(needed, there);
  grants.push_back({std::move(what), state, needed,
                    Remedy::told(about(state, std::move(missing), std::move(excess)))});
}

void GrantReport::add_unknown(std::string what, bool needed, std::string why) {
  grants.push_back({std::move(what), GrantState::kUnknown, needed, Remedy::told(std::move(why))});
}

void GrantReport::add_excess(std::string what, Remedy take) {
  grants.push_back({std::move(what), GrantState::kExcess, false, std::move(take)});
}

}  // namespace sideband
