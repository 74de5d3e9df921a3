// What a credential may do at a target, against what a reconciler needs of it.
//
// Plain values, as everything at a port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace sideband {

// What is to be done besides reading. Undo takes changes back: who creates must be able to erase.
struct GrantNeeds {
  bool create = false;
  bool update = false;
  bool erase = false;
  Duration timeout = std::chrono::seconds(30);

  [[nodiscard]] bool writes() const { return create || update || erase; }
};

enum class GrantState : std::uint8_t {
  kHas,      // needed, and there
  kMissing,  // needed, and not there
  kExcess,   // there, and never needed
  kUnknown,  // the target does not tell
};

std::string_view grant_state_name(GrantState state);

struct Grant {
  std::string what;  // "UPDATE on shop.prices"
  GrantState state = GrantState::kUnknown;
  bool needed = true;
  std::string fix;  // what to run to give or take it; empty where nothing is to be done
};

struct GrantReport {
  std::string identity;  // who the target takes us for
  std::vector<Grant> grants;

  // Adds one that is or is not there. `give` and `take` say what to run; a grant that is neither
  // needed nor there is not added.
  void add(std::string what, bool needed, bool there, std::string give, std::string take);
  void add_unknown(std::string what, bool needed, std::string why);
  // Adds what is there and must not be.
  void add_excess(std::string what, std::string take);
};

}  // namespace sideband
