#include "policy/decide.h"

#include <algorithm>

namespace sideband {

std::vector<Reason> Decided::refusals() const {
  std::vector<Reason> out;
  for (const Reason& reason : reasons) {
    if (!reason.passed()) out.push_back(reason);
  }
  return out;
}

Decided decide(const Facts& facts) {
  Decided out;
  out.reasons = ask_gates(facts);
  const std::vector<Reason> refusals = out.refusals();
  const bool waits = std::all_of(refusals.begin(), refusals.end(), [](const Reason& reason) {
    return reason.gate == GateId::kApproval && reason.passes == Truth::kFalse;
  });
  if (refusals.empty()) out.verdict = Verdict::kAct;
  if (!refusals.empty() && waits) out.verdict = Verdict::kAwaitApproval;
  return out;
}

}  // namespace sideband
