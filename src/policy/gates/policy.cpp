#include <fmt/format.h>

#include "policy/gates/specs.h"
#include "policy/policy_answers.h"

namespace sideband {
namespace {
namespace of_policy {

Truth truth_of(const PolicyFact& fact) {
  if (!fact.verdict.known()) return Truth::kUnknown;
  return fact.verdict->allow ? Truth::kTrue : Truth::kFalse;
}

// A denial decides before what is not known.
Truth all_of(const std::vector<PolicyFact>& policies) {
  Truth truth = Truth::kTrue;
  for (const PolicyFact& each : policies) {
    if (truth_of(each) == Truth::kFalse) return Truth::kFalse;
    if (truth_of(each) == Truth::kUnknown) truth = Truth::kUnknown;
  }
  return truth;
}

bool are_those(const std::vector<PolicySettings>& policies, const std::vector<PolicyFact>& facts) {
  return std::equal(
      policies.begin(), policies.end(), facts.begin(), facts.end(),
      [](const PolicySettings& policy, const PolicyFact& fact) { return policy == fact.policy; });
}

// "policy1", "decision1", "undefined1", "reason1.1": what each of those said that decided.
void put(const PolicyFact& fact, Reason& reason, int number) {
  const std::string suffix = std::to_string(number);
  reason.with(Evidence::of("policy" + suffix, fact.policy.text()));
  if (!fact.verdict.known()) return;
  const PolicyVerdict& verdict = *fact.verdict;
  if (!verdict.defined) reason.with(Evidence::of("undefined" + suffix, "yes"));
  int of = 0;
  for (const std::string& text : verdict.reasons) {
    reason.with(Evidence::of("reason" + suffix + "." + std::to_string(++of), text));
  }
  if (verdict.decision_id.empty()) return;
  reason.with(Evidence::of("decision" + suffix, verdict.decision_id));
}

Reason evaluate(const Facts& facts) {
  const auto policies = policies_of(facts.settings, facts.guardrails);
  if (!are_those(policies, facts.policies)) {
    return unknown_reason(GateId::kPolicy, "the policies of its configuration were not asked");
  }
  Reason reason{GateId::kPolicy, all_of(facts.policies), {}};
  int number = 0;
  for (const PolicyFact& fact : facts.policies) {
    if (truth_of(fact) != reason.passes) continue;
    const bool first_unknown =
        reason.passes == Truth::kUnknown && reason.find("unknown") == nullptr;
    if (first_unknown) {
      reason.with(Evidence::of(
          "unknown", fmt::format("policy {}: {}", fact.policy.text(), fact.verdict.why())));
    }
    put(fact, reason, ++number);
  }
  return reason;
}

std::string reasons_text(const Reason& reason, const std::string& suffix) {
  std::string text;
  for (int of = 1;; ++of) {
    const std::string name = "reason" + suffix + "." + std::to_string(of);
    if (reason.find(name) == nullptr) return text;
    text += (of > 1 ? "; " : ": ") + reason.text(name);
  }
}

std::string one_text(const Reason& reason, const std::string& suffix) {
  std::string text = fmt::format("{} {}", reason.text("policy" + suffix),
                                 reason.passed() ? "allows it" : "denies it");
  if (reason.find("undefined" + suffix) != nullptr) text += ": it is not defined there";
  if (!reason.passed()) text += reasons_text(reason, suffix);
  const std::string decision = reason.text("decision" + suffix);
  return decision.empty() ? text : fmt::format("{} (decision {})", text, decision);
}

std::string saw(const Reason& reason) {
  if (reason.find("policy1") == nullptr) return "no policy is asked";
  std::string text = "policy ";
  for (int number = 1; reason.find("policy" + std::to_string(number)) != nullptr; ++number) {
    text += (number > 1 ? "; policy " : "") + one_text(reason, std::to_string(number));
  }
  return text;
}

std::string opens(const Reason& reason) {
  if (reason.passes == Truth::kUnknown) return "an answer of policy " + reason.text("policy1");
  return fmt::format("policy {} allows it when it is asked again", reason.text("policy1"));
}

}  // namespace of_policy
}  // namespace

GateSpec policy_gate() {
  return {GateId::kPolicy,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kNobody,
          OnRefusal::kWait,
          "Do the policies that the reconciler and the Guardrails name allow it?",
          of_policy::evaluate,
          of_policy::saw,
          of_policy::opens};
}

}  // namespace sideband
