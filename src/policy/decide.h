// Decide: whether a plan may run, must wait for people, or must not run, with every reason.
//
// A pure function of facts. Every gate is asked and answers, also after one refused; unknown is
// never true, and no data is never a pass.
#pragma once

#include <vector>

#include "policy/facts.h"
#include "policy/gates/gate.h"

namespace sideband {

struct Decided {
  Verdict verdict = Verdict::kHold;
  std::vector<Reason> reasons;
  // The reasons that did not pass.
  [[nodiscard]] std::vector<Reason> refusals() const;
};

// kAct: every gate passes. kAwaitApproval: every gate but that of approval. kHold: all else.
Decided decide(const Facts& facts);

}  // namespace sideband
