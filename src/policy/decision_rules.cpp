#include "policy/decision_rules.h"

#include <algorithm>

#include "base/utf8.h"
#include "cel/value_text.h"
#include "policy/fact_names.h"

namespace sideband {
namespace {

// Rules are asked inside transactions, of which one runs at a time: so many steps are about a
// millisecond, and what costs more is an error.
constexpr std::uint64_t kCostLimit = 10'000;

constexpr std::size_t kMaxConditions = 5;  // that a reason keeps
constexpr std::size_t kMaxConditionText = 160;
constexpr std::size_t kMaxValueText = 60;

std::vector<cel::Value> values_of(const Facts& facts) {
  std::vector<cel::Value> values;
  values.reserve(fact_names().size());
  for (const FactName& name : fact_names()) {
    const Fact<cel::Value> fact = name.read(facts);
    values.push_back(fact.known() ? *fact : cel::Value::unknown({name.name}));
  }
  return values;
}

// "plan.percent is not known: no whole scan ...", of each name.
std::string unknown_text(const cel::Value& value, const Facts& facts) {
  std::string text;
  for (const FactName& name : fact_names()) {
    const auto& unknown = value.unknown_names();
    if (std::find(unknown.begin(), unknown.end(), name.name) == unknown.end()) continue;
    text += (text.empty() ? "" : "; ") + name.name + " is not known: " + name.read(facts).why();
  }
  return text;
}

RuleCondition condition_of(const cel::Part& part) {
  RuleCondition out;
  out.text = clip_text(part.text, kMaxConditionText);
  out.value = cel::value_text(part.value, kMaxValueText);
  if (!part.round.empty()) out.values = clip_text(part.round, kMaxValueText);
  for (const cel::Part& inner : part.parts) {
    if (out.values.size() > kMaxConditionText) break;
    out.values += (out.values.empty() ? "" : ", ") + clip_text(inner.text, kMaxConditionText) +
                  " = " + cel::value_text(inner.value, kMaxValueText);
  }
  return out;
}

Truth truth_of(const cel::Value& value) {
  if (value.is_true()) return Truth::kTrue;
  return value.is_false() ? Truth::kFalse : Truth::kUnknown;
}

std::string why_unknown(const cel::Program& program, const cel::Value& value, const Facts& facts) {
  if (value.is(cel::Kind::kUnknown)) return unknown_text(value, facts);
  if (value.is(cel::Kind::kError)) return "the rule ends in an error: " + program.error_text(value);
  return "the rule gives " + cel::value_text(value, kMaxValueText);
}

Result<std::optional<DecisionRule>> made(const std::string& source,
                                         Result<DecisionRule> (*make)(const std::string&),
                                         const std::string& where) {
  if (source.empty()) return std::optional<DecisionRule>();
  auto rule = make(source);
  if (!rule.ok()) return rule.error().in(where);
  return std::optional(std::move(rule).value());
}

bool is_of(const std::optional<DecisionRule>& rule, const std::string& source) {
  return (rule ? rule->source() : std::string()) == source;
}

}  // namespace

Result<DecisionRule> DecisionRule::condition(const std::string& source) {
  SB_ASSIGN(auto program, cel::Program::compile_checked(source, fact_declarations(),
                                                        cel::Type(cel::Kind::kBool)));
  return DecisionRule(std::move(program));
}

Result<DecisionRule> DecisionRule::risk(const std::string& source) {
  SB_ASSIGN(auto program, cel::Program::compile_checked(source, fact_declarations(),
                                                        cel::Type(cel::Kind::kString)));
  return DecisionRule(std::move(program));
}

RuleAnswer DecisionRule::ask(const Facts& facts) const {
  const cel::Explanation explained = program_.explain(values_of(facts), kCostLimit);
  RuleAnswer answer;
  answer.truth = truth_of(explained.value);
  if (answer.truth == Truth::kUnknown) answer.why = why_unknown(program_, explained.value, facts);
  for (const cel::Part& part : explained.decided_by) {
    if (answer.decided_by.size() == kMaxConditions) break;
    answer.decided_by.push_back(condition_of(part));
  }
  return answer;
}

Fact<Risk> DecisionRule::risk_of(const Facts& facts) const {
  const cel::Value value = program_.evaluate(values_of(facts), kCostLimit);
  if (value.is(cel::Kind::kString)) {
    for (const Risk risk : {Risk::kLow, Risk::kMedium, Risk::kHigh}) {
      if (value.as_text() == risk_name(risk)) return risk;
    }
  }
  return Fact<Risk>::unknown(why_unknown(program_, value, facts));
}

Result<DecisionRules> DecisionRules::compile(const ReconcilerSettings& reconciler,
                                             const std::optional<GuardrailSettings>& guardrails) {
  DecisionRules rules;
  SB_ASSIGN(rules.when, made(reconciler.decide.when, DecisionRule::condition, "decide.when"));
  SB_ASSIGN(rules.risk, made(reconciler.decide.risk, DecisionRule::risk, "decide.risk"));
  if (guardrails) {
    SB_ASSIGN(rules.site_when,
              made(guardrails->when, DecisionRule::condition, "decide.when of the Guardrails"));
  }
  return rules;
}

bool DecisionRules::are_of(const ReconcilerSettings& reconciler,
                           const GuardrailSettings* guardrails) const {
  return is_of(when, reconciler.decide.when) && is_of(risk, reconciler.decide.risk) &&
         is_of(site_when, guardrails == nullptr ? std::string() : guardrails->when);
}

}  // namespace sideband
