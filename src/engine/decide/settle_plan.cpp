#include "engine/decide/settle_plan.h"

#include <algorithm>
#include <utility>

namespace sideband {
namespace {

bool same_gates(const std::vector<Reason>& a, const std::vector<Reason>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Reason& x, const Reason& y) {
    return x.gate == y.gate && x.passes == y.passes;
  });
}

// The gates that say something of the desired side itself, whether or not anything differs.
std::vector<Reason> source_refusals(const Decided& decided) {
  std::vector<Reason> out;
  for (const Reason& reason : decided.refusals()) {
    if (reason.gate == GateId::kSource || reason.gate == GateId::kAllowEmpty) out.push_back(reason);
  }
  return out;
}

bool repeats(const ReconcilerHead& head, const HeldPlan& held, const Plan& plan,
             const Decided& decided) {
  const bool same = decided.verdict == Verdict::kHold && head.plan_hash == plan.hash &&
                    same_gates(head.refusals, decided.refusals());
  if (!same || !held.plan) return false;
  // Under another configuration it is news: the plan that is held could not be applied any more.
  if (held.plan->reconciler_version != plan.reconciler_version ||
      held.plan->guardrails_version != plan.guardrails_version) {
    return false;
  }
  // One that had its repair (cancelled, expired) is spent; a person may want the same again.
  return !(held.repair && is_terminal(held.repair->state));
}

void hold_nothing(Settled& settled, const HeldPlan& held, std::vector<Reason> refusals) {
  settled.forgets_held = !settled.head.plan.empty() && !held.repair;
  settled.head.plan = Uuid();
  settled.head.plan_hash.clear();
  settled.head.refusals = std::move(refusals);
}

}  // namespace

bool asks_held(const Plan& plan, const Decided& decided) {
  return plan.whole || plan.counts.changes() == 0 || decided.verdict == Verdict::kHold;
}

Settled settle(ReconcilerHead head, const HeldPlan& held, const Plan& plan, const Decided& decided,
               std::int64_t waiting) {
  Settled out{PlanFate::kNothing, false, true, std::move(head)};
  if (plan.counts.changes() == 0) {
    // What is held may be all that waits for its time now, or a repair is at work on it.
    if (waiting == 0 || out.head.plan.empty()) hold_nothing(out, held, source_refusals(decided));
    return out;
  }
  if (repeats(out.head, held, plan, decided)) {
    out.fate = PlanFate::kRepeated;
    out.head.refusals = decided.refusals();
    return out;
  }
  const bool acts = decided.verdict != Verdict::kHold;
  out.fate = acts ? PlanFate::kRepaired : PlanFate::kHeld;
  out.writes_head = plan.whole || !acts;
  if (!out.writes_head) return out;
  hold_nothing(out, held, acts ? std::vector<Reason>() : decided.refusals());
  if (acts) return out;
  out.head.plan = plan.id;
  out.head.plan_hash = plan.hash;
  return out;
}

}  // namespace sideband
