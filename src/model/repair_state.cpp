#include "model/repair_state.h"

#include <array>

namespace sideband {
namespace {

using S = RepairState;

constexpr std::array<std::string_view, 12> kNames = {
    "awaiting_approval", "queued",    "scheduled",   "running",     "validating", "halted",
    "compensating",      "converged", "compensated", "needs_human", "cancelled",  "superseded"};

constexpr std::array kTransitions = {
    Transition{S::kAwaitingApproval, S::kQueued, "enough reviewers approved"},
    Transition{S::kAwaitingApproval, S::kCancelled, "a reviewer rejected it, or it was cancelled"},
    Transition{S::kAwaitingApproval, S::kSuperseded, "the approval expired or the plan went stale"},
    Transition{S::kQueued, S::kRunning, "a worker claimed it"},
    Transition{S::kQueued, S::kCancelled, "a person cancelled it"},
    Transition{S::kQueued, S::kSuperseded, "the configuration or the plan went stale"},
    Transition{S::kScheduled, S::kRunning, "its back-off passed and a worker claimed it"},
    Transition{S::kScheduled, S::kCancelled, "a person cancelled it"},
    Transition{S::kScheduled, S::kSuperseded, "the configuration or the plan went stale"},
    Transition{S::kRunning, S::kRunning, "the lease ended and a higher token claimed it"},
    Transition{S::kRunning, S::kQueued, "its worker gave it back"},
    Transition{S::kRunning, S::kValidating, "every change has an outcome"},
    Transition{S::kRunning, S::kConverged,
               "its only step was found good at once, or a playbook ended"},
    Transition{S::kRunning, S::kScheduled, "a step is tried again, or waits for its time"},
    Transition{S::kRunning, S::kHalted, "a person has to confirm a step, or decide"},
    Transition{S::kRunning, S::kCompensating,
               "a canary cohort failed its validation, or a step did, or a signal says so"},
    Transition{S::kRunning, S::kSuperseded, "desired changed under every change of it"},
    Transition{S::kRunning, S::kNeedsHuman, "attempts are used up, or an outcome stays unknown"},
    Transition{S::kRunning, S::kCancelled, "a person cancelled it"},
    Transition{S::kValidating, S::kValidating, "the lease ended and a higher token claimed it"},
    Transition{S::kValidating, S::kConverged, "fresh reads were good for stayGood"},
    Transition{S::kValidating, S::kCompensating, "validation failed and undo is possible"},
    Transition{S::kValidating, S::kNeedsHuman, "validation failed or stayed inconclusive"},
    Transition{S::kHalted, S::kQueued, "a person confirmed or resumed it"},
    Transition{S::kHalted, S::kCancelled, "a person cancelled it"},
    Transition{S::kHalted, S::kSuperseded, "a new plan replaced it"},
    Transition{S::kCompensating, S::kCompensating, "the lease ended and a higher token claimed it"},
    Transition{S::kCompensating, S::kCompensated, "everything was taken back"},
    Transition{S::kCompensating, S::kNeedsHuman, "a change could not be taken back"},
};

}  // namespace

std::span<const Transition> repair_transitions() {
  return kTransitions;
}

std::string_view transition_cause(RepairState from, RepairState to) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == from && transition.to == to) return transition.cause;
  }
  return {};
}

bool is_terminal(RepairState state) {
  return state == S::kConverged || state == S::kCompensated || state == S::kNeedsHuman ||
         state == S::kCancelled || state == S::kSuperseded;
}

std::string_view repair_state_name(RepairState state) {
  return kNames.at(static_cast<std::size_t>(state));
}

Result<RepairState> repair_state_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == name) return static_cast<RepairState>(i);
  }
  return Error::invalid("no repair state is called " + std::string(name));
}

std::string repair_state_diagram() {
  std::string out =
      "stateDiagram-v2\n  [*] --> awaiting_approval: decided AwaitApproval\n"
      "  [*] --> queued: decided Act\n";
  for (const Transition& edge : kTransitions) {
    out += "  " + std::string(repair_state_name(edge.from)) + " --> " +
           std::string(repair_state_name(edge.to)) + ": " + std::string(edge.cause) + "\n";
  }
  return out;
}

}  // namespace sideband
