// One step at the target: read again, actual first, then desired; act only where both still say
// what the plan says; report an outcome for each change. No store, no policy about when.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/runtime/reconciler_runtime.h"

namespace sideband {

enum class StepMode : std::uint8_t {
  kForward,  // make actual what desired says
  kUndo,     // put pre-images back where the state is still ours; desired is not asked
};

struct StepReport {
  std::vector<ChangeOutcome> outcomes;  // one for each change, in order
  std::optional<Error> error;           // the first failure, for what to do about it
  bool lapsed = false;                  // nothing was sent: too little time was left to act
};

struct StepOrder {
  std::span<const Change> changes;  // of the caller, who keeps them
  Uuid step;
  std::uint64_t token = 0;
  StepMode mode = StepMode::kForward;
  // An earlier intent for these changes has no outcome: what already holds `want` counts as changed
  // by us, inferred by looking.
  bool resumed = false;
  std::int64_t seq = 0;  // of the step in its repair
  // Only look what became of that intent: what was not done is refused, with this as the reason.
  std::string only_look = {};
  // How long one may still act, asked right before it; 0 = no more. Empty = for ever.
  std::function<Duration()> time_to_act = {};
};

// Blocks on the targets. Never fails as a whole: what could not be done is in the report.
StepReport execute_step(const ReconcilerRuntime& runtime, const StepOrder& order);

// What fresh reads say of changes that were made.
struct Validation {
  std::vector<std::string> good;
  std::vector<std::string> moved;  // ours arrived, but desired has moved on since: judged anew
  std::vector<std::string> bad;
  std::vector<std::string> unknown;  // cannot be told: inconclusive
  std::string first_problem;

  // Takes over what another part found wrong or moved; what was good is of no further use.
  void add(const Validation& part);
};

// What the desired side says of changes, whose actual side was read before.
Validation validate_read(const ReconcilerRuntime& runtime, std::span<const Change> changes,
                         Result<std::vector<Item>> actual, StepMode mode);

// Reads actual, then desired; `by_independent` reads the actual side by the runtime's second path.
Validation validate_changes(const ReconcilerRuntime& runtime, std::span<const Change> changes,
                            StepMode mode, bool by_independent);

}  // namespace sideband
