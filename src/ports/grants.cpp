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

// One that is neither needed nor there is not worth a word.
void record(std::vector<Grant>& grants, std::string what, bool needed, bool there, Remedy missing,
            Remedy excess) {
  if (!needed && !there) return;
  const GrantState state = state_of(needed, there);
  Remedy remedy;
  if (state == GrantState::kMissing) remedy = std::move(missing);
  if (state == GrantState::kExcess) remedy = std::move(excess);
  grants.push_back({std::move(what), state, needed, std::move(remedy)});
}

}  // namespace

void GrantReport::add(std::string what, bool needed, bool there, std::string give,
                      std::string take) {
  record(grants, std::move(what), needed, there, Remedy::command(std::move(give)),
         Remedy::command(std::move(take)));
}

void GrantReport::add_told(std::string what, bool needed, bool there, std::string missing,
                           std::string excess) {
  record(grants, std::move(what), needed, there, Remedy::told(std::move(missing)),
         Remedy::told(std::move(excess)));
}

void GrantReport::add_unknown(std::string what, bool needed, std::string why) {
  grants.push_back({std::move(what), GrantState::kUnknown, needed, Remedy::told(std::move(why))});
}

void GrantReport::add_excess(std::string what, Remedy take) {
  grants.push_back({std::move(what), GrantState::kExcess, false, std::move(take)});
}

}  // namespace sideband
