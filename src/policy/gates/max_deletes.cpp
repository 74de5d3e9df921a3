#include <algorithm>

#include "policy/gates/cap.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_max_deletes {

// One deletion in a window passes any share: else a small site could never remove anything.
constexpr std::int64_t kAlways = 1;

// A share of what the desired side held at its best lately: deletions only ever make it smaller.
Fact<std::int64_t> base(const Facts& facts) {
  if (facts.source.baseline >= 0) return facts.source.baseline;
  return facts.plan.desired;
}

// An undo deletes only what its repair made.
Reason evaluate(const Facts& facts) {
  if (facts.plan.undo) {
    return reason_of(GateId::kMaxDeletes, true).with(Evidence::of("undo", "yes"));
  }
  if (facts.plan.deletes == 0) {
    return reason_of(GateId::kMaxDeletes, true).with(Evidence::count("deletes", 0));
  }
  return ask_cap({GateId::kMaxDeletes, facts.settings.gates.max_deletes, facts.deletes,
                  facts.plan.deletes, base(facts), kAlways},
                 facts.now);
}

std::string saw(const Reason& reason) {
  if (reason.find("undo") != nullptr) return "an undo deletes only what its repair made";
  return reason.find("deletes") != nullptr ? "nothing is deleted" : cap_saw(reason);
}

}  // namespace of_max_deletes
}  // namespace

GateSpec max_deletes_gate() {
  return {GateId::kMaxDeletes,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kSecondPerson,
          OnRefusal::kSupersede,
          "Would more be deleted in the window than is allowed?",
          of_max_deletes::evaluate,
          of_max_deletes::saw,
          cap_opens};
}

}  // namespace sideband
