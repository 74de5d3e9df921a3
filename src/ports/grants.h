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

// What to do about a grant. A command can be pasted as it stands and does no more than its grant
// says; whatever somebody has to think about first is advice.
struct Remedy {
  std::string run;
  std::string advice;

  // One that is run; empty = nothing is to be done.
  static Remedy command(std::string run) { return {std::move(run), {}}; }
  static Remedy told(std::string advice) { return {{}, std::move(advice)}; }
};

struct Grant {
  std::string what;  // "UPDATE on shop.prices"
  GrantState state = GrantState::kUnknown;
  bool needed = true;
  Remedy remedy;
};

struct GrantReport {
  std::string identity;  // who the target takes us for
  std::vector<Grant> grants;

  // Adds one that is or is not there, with commands that give and take it; a grant that is neither
  // needed nor there is not added.
  void add(std::string what, bool needed, bool there, std::string give, std::string take);
  // The same where a person has to decide: `missing` and `excess` say what about.
  void add_told(std::string what, bool needed, bool there, std::string missing, std::string excess);
  void add_unknown(std::string what, bool needed, std::string why);
  // Adds what is there and must not be.
  void add_excess(std::string what, Remedy take);
};

}  // namespace sideband
