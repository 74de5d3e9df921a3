// The states of a Repair and the one table of how it may move between them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sideband {

enum class RepairState : std::uint8_t {
  kAwaitingApproval,
  kQueued,
  kScheduled,  // waits for a back-off to pass
  kRunning,
  kValidating,
  kHalted,  // stopped between steps; a person decides
  kCompensating,
  kConverged,
  kCompensated,
  kNeedsHuman,
  kCancelled,
  kSuperseded,
};

struct Transition {
  RepairState from;
  RepairState to;
  std::string_view cause;
};

std::span<const Transition> repair_transitions();

// The cause of this move; empty when the table does not allow it.
std::string_view transition_cause(RepairState from, RepairState to);

// Converged, compensated, cancelled, superseded and needs_human: nothing moves it by itself.
bool is_terminal(RepairState state);

std::string_view repair_state_name(RepairState state);
Result<RepairState> repair_state_from_name(std::string_view name);

// The table as a Mermaid state diagram, for the docs.
std::string repair_state_diagram();

}  // namespace sideband
