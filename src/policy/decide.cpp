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
  const auto passes = [](const Reason& reason) { return reason.passed(); };
  const auto passes_or_waits = [](const Reason& reason) {
    return reason.passed() || (reason.gate == GateId::kApproval && reason.passes == Truth::kFalse);
  };
  const bool waits = std::all_of(out.reasons.begin(), out.reasons.end(), passes_or_waits);
  if (waits) out.verdict = Verdict::kAwaitApproval;
  if (std::all_of(out.reasons.begin(), out.reasons.end(), passes)) out.verdict = Verdict::kAct;
  return out;
}

}  // namespace sideband
