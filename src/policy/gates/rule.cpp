#include <fmt/format.h>

#include "policy/decision_rules.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_rule {

constexpr const char* kOfReconciler = "reconciler";
constexpr const char* kOfSite = "guardrails";

struct Asked {
  const char* whose;
  RuleAnswer answer;
};

// False decides before what is not known.
Truth both(const std::vector<Asked>& asked) {
  Truth truth = Truth::kTrue;
  for (const Asked& each : asked) {
    if (each.answer.truth == Truth::kFalse) return Truth::kFalse;
    if (each.answer.truth == Truth::kUnknown) truth = Truth::kUnknown;
  }
  return truth;
}

// The conditions that decided are numbered: "condition1" is "plan.changes < 1000", "is1" its value,
// "with1" what it looked at, "rule1" whose rule it stands in.
void put(const Asked& asked, Reason& reason, int& number) {
  for (const RuleCondition& condition : asked.answer.decided_by) {
    const std::string suffix = std::to_string(++number);
    reason.with(Evidence::of("rule" + suffix, asked.whose));
    reason.with(Evidence::of("condition" + suffix, condition.text));
    reason.with(Evidence::of("is" + suffix, condition.value));
    if (!condition.values.empty()) reason.with(Evidence::of("with" + suffix, condition.values));
  }
}

Reason evaluate(const Facts& facts) {
  const DecisionRules& rules = facts.rules;
  if (!rules.are_of(facts.settings, facts.guardrails)) {
    return unknown_reason(GateId::kRule, "the rules of its configuration were not made ready");
  }
  std::vector<Asked> asked;
  if (rules.when) asked.push_back({kOfReconciler, rules.when->ask(facts)});
  if (rules.site_when) asked.push_back({kOfSite, rules.site_when->ask(facts)});
  Reason reason{GateId::kRule, both(asked), {}};
  int number = 0;
  for (const Asked& each : asked) {
    if (each.answer.truth != reason.passes) continue;
    const bool first_unknown =
        reason.passes == Truth::kUnknown && reason.find("unknown") == nullptr;
    if (first_unknown) reason.with(Evidence::of("unknown", each.answer.why));
    put(each, reason, number);
  }
  return reason;
}

std::string is_text(const Reason& reason, const std::string& suffix) {
  const std::string values = reason.text("with" + suffix);
  return fmt::format("{} is {}{}", reason.text("condition" + suffix), reason.text("is" + suffix),
                     values.empty() ? "" : fmt::format(" ({})", values));
}

// "plan.changes = 1200, rule wants plan.changes < 1000".
std::string wants_text(const Reason& reason) {
  const std::string values = reason.text("with1");
  const bool site = reason.text("rule1") == kOfSite;
  return fmt::format("{}{} wants {}", values.empty() ? "" : values + ", ",
                     site ? "rule of the Guardrails" : "rule", reason.text("condition1"));
}

std::string saw(const Reason& reason) {
  if (reason.find("condition1") == nullptr) return "no rule set";
  const bool only = reason.find("condition2") == nullptr;
  if (!reason.passed() && only && reason.text("is1") == "false") return wants_text(reason);
  std::string text = reason.passed() ? "rule holds: " : "rule does not hold: ";
  for (int number = 1; reason.find("condition" + std::to_string(number)) != nullptr; ++number) {
    text += (number > 1 ? "; " : "") + is_text(reason, std::to_string(number));
  }
  return text;
}

std::string opens(const Reason& reason) {
  const bool site = reason.text("rule1") == kOfSite;
  return fmt::format("facts for which it holds, or an edit of decide.when{}",
                     site ? " of the Guardrails" : "");
}

}  // namespace of_rule
}  // namespace

GateSpec rule_gate() {
  return {GateId::kRule,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Do the rules of the reconciler and of the Guardrails hold?",
          of_rule::evaluate,
          of_rule::saw,
          of_rule::opens};
}

}  // namespace sideband
