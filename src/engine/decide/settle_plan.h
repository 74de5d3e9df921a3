// What becomes of a plan that was decided, and of what the head of its reconciler says. Pure: the
// sealing of a plan (engine/decide/seal_plan.h) reads, asks this, and writes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/repair.h"
#include "policy/decide.h"

namespace sideband {

// What the store knows of the plan that the head names.
struct HeldPlan {
  std::optional<Plan> plan;      // nothing: its row is gone
  std::optional<Repair> repair;  // that it became; nothing: it waits for people
};

enum class PlanFate : std::uint8_t {
  kNothing,   // nothing was planned
  kRepeated,  // the same was held before by the same gates: it is no news, and nothing of it is
              // kept
  kHeld,
  kRepaired,  // it has a repair now, which may wait for people
};

struct Settled {
  PlanFate fate = PlanFate::kNothing;
  bool forgets_held = false;  // the plan that was held before goes, with its row
  bool writes_head =
      true;  // the head tells of scans and held plans; a repair of some keys is neither
  ReconcilerHead head;
};

// Whether settle() looks at what is held. Not for a plan of some keys that acts, which leaves the
// head as it is; `held` may be empty then.
bool asks_held(const Plan& plan, const Decided& decided);

// `plan` was decided; `waiting` changes were found beside it that may not be planned yet.
Settled settle(ReconcilerHead head, const HeldPlan& held, const Plan& plan, const Decided& decided,
               std::int64_t waiting);

}  // namespace sideband
