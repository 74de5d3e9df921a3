// Rules in the decision: expressions of the rule language over Facts, by the names of fact_names.h.
//
// Values; safe to share between threads. What they say is pure: the same facts, the same answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cel/program.h"
#include "model/reason.h"
#include "model/settings.h"
#include "policy/facts.h"

namespace sideband {

// One condition that decided, as it stands in the rule.
struct RuleCondition {
  std::string text;    // "plan.changes < 1000"
  std::string value;   // "false"
  std::string values;  // "plan.changes = 1200": what it looked at; may be empty
};

struct RuleAnswer {
  Truth truth = Truth::kUnknown;
  std::string why;                        // of kUnknown: which fact is not known, or the error
  std::vector<RuleCondition> decided_by;  // the fewest that are enough, the first few of them
};

// A rule that was checked and can be asked.
class DecisionRule {
 public:
  // kInvalid: what is wrong with it, a line "line:column: message" each.
  static Result<DecisionRule> condition(const std::string& source);
  static Result<DecisionRule> risk(const std::string& source);

  [[nodiscard]] const std::string& source() const { return program_.source(); }
  // Of a condition. Only one that is true has the truth kTrue; an error is not known.
  [[nodiscard]] RuleAnswer ask(const Facts& facts) const;
  // Of a rule of risks. Not known: also for a word that is none of them.
  [[nodiscard]] Fact<Risk> risk_of(const Facts& facts) const;

 private:
  explicit DecisionRule(cel::Program program) : program_(std::move(program)) {}
  cel::Program program_;
};

// Those of a reconciler and of its site.
class DecisionRules {
 public:
  DecisionRules() = default;  // none
  static Result<DecisionRules> compile(const ReconcilerSettings& reconciler,
                                       const std::optional<GuardrailSettings>& guardrails);

  [[nodiscard]] bool empty() const { return !when && !site_when && !risk; }
  // Whether they are what these settings say: rules that were not made ready let nothing pass.
  [[nodiscard]] bool are_of(const ReconcilerSettings& reconciler,
                            const GuardrailSettings* guardrails) const;

  std::optional<DecisionRule> when;
  std::optional<DecisionRule> site_when;
  std::optional<DecisionRule> risk;
};

}  // namespace sideband
