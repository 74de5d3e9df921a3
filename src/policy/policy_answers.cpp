#include "policy/policy_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/jcs.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cel/map.h"
#include "cel/times.h"
#include "model/document.h"
#include "policy/fact_names.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxReasons = 5;
constexpr std::size_t kMaxReasonText = 200;
constexpr std::size_t kMaxDecisionId = 64;
// Until a policy that could not be asked is asked again.
constexpr Duration kAskAgain = std::chrono::seconds(1);

const char* phase_word(Phase phase) {
  switch (phase) {
    case Phase::kDecide:
      return "decide";
    case Phase::kApply:
      return "apply";
    case Phase::kClaim:
    case Phase::kPlace:
    case Phase::kStep:
      break;
  }
  return "claim";
}

std::string json_of(const cel::Value& value);

std::string map_json(const cel::Map& map) {
  JsonObject out;
  for (const auto& [key, value] : map.entries()) out.add_json(key.as_text(), json_of(value));
  return out.text();
}

// Of the types that facts have; any other is told by no fact.
std::string json_of(const cel::Value& value) {
  switch (value.kind()) {
    case cel::Kind::kBool:
      return value.as_bool() ? "true" : "false";
    case cel::Kind::kInt:
      return std::to_string(value.as_int());
    case cel::Kind::kDouble:
      return std::isfinite(value.as_double()) ? fmt::format("{}", value.as_double()) : "null";
    case cel::Kind::kString:
      return json_string(value.as_text());
    case cel::Kind::kTimestamp:
      return json_string(cel::timestamp_text(value.as_timestamp()));
    case cel::Kind::kDuration:
      return json_string(cel::duration_text(value.as_duration()));
    case cel::Kind::kMap:
      return map_json(value.as_map());
    default:
      return "null";
  }
}

Error no_answer(const std::string& why) {
  return {ErrorCode::kCorrupt, "its answer is none: " + why, Retry::kAfter, Effect::kNone};
}

const char* kind_word(Document::Kind kind) {
  constexpr const char* kWords[] = {"null", "a truth", "a number", "a text", "a list", "an object"};
  return kWords[static_cast<std::size_t>(kind)];
}

const Document* member_of(const Document& object, const char* name) {
  const auto found = object.members.find(name);
  return found == object.members.end() ? nullptr : &found->second;
}

// Of whatever length and content: it is shown in one line.
std::string one_line(std::string text, std::size_t most) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return clip_text(text, most);
}

Result<void> read_reasons(const Document& list, PolicyVerdict& verdict) {
  if (list.kind != Document::Kind::kList) {
    return no_answer(fmt::format("result.reasons is {}, not a list", kind_word(list.kind)));
  }
  for (const Document& item : list.items) {
    if (item.kind != Document::Kind::kString) {
      return no_answer(
          fmt::format("result.reasons holds {}, not only texts", kind_word(item.kind)));
    }
    if (verdict.reasons.size() == kMaxReasons) continue;
    verdict.reasons.push_back(one_line(item.text, kMaxReasonText));
  }
  return {};
}

Result<void> read_truth(const Document& value, const char* name, PolicyVerdict& verdict) {
  if (value.kind != Document::Kind::kBool) {
    return no_answer(fmt::format("{} is {}, not true or false", name, kind_word(value.kind)));
  }
  verdict.allow = value.truth;
  return {};
}

Result<void> read_result(const Document& result, PolicyVerdict& verdict) {
  if (result.kind != Document::Kind::kMap) return read_truth(result, "result", verdict);
  const Document* const allow = member_of(result, "allow");
  const Document* const reasons = member_of(result, "reasons");
  if (reasons != nullptr) SB_TRY(read_reasons(*reasons, verdict));
  verdict.defined = allow != nullptr;
  return allow == nullptr ? Result<void>() : read_truth(*allow, "result.allow", verdict);
}

Fact<PolicyVerdict> counting(const PolicyFact& answer, WallTime now) {
  if (!answer.verdict.known()) return answer.verdict;
  const Duration age = now - answer.asked_at;
  if (age < Duration(0)) {
    return Fact<PolicyVerdict>::unknown("the clock went back since it was asked");
  }
  if (age <= answer.policy.max_age) return answer.verdict;
  return Fact<PolicyVerdict>::unknown(
      fmt::format("its last answer is older than {}; it is asked again before the repair begins",
                  format_duration(answer.policy.max_age)));
}

PolicyFact answer_of(const PolicySettings& policy, const PolicyAnswers& answers,
                     const std::string& plan_hash, const std::string& requester, WallTime now) {
  const bool same = answers.plan_hash == plan_hash && answers.requester == requester;
  for (const PolicyFact& answer : answers.facts) {
    if (same && answer.policy == policy) return {policy, counting(answer, now), answer.asked_at};
  }
  return {policy, Fact<PolicyVerdict>::unknown("it was not asked about this plan yet"), {}};
}

}  // namespace

std::vector<PolicySettings> policies_of(const ReconcilerSettings& reconciler,
                                        const GuardrailSettings* guardrails) {
  std::vector<PolicySettings> out;
  if (reconciler.decide.policy.is_set()) out.push_back(reconciler.decide.policy);
  if (guardrails != nullptr && guardrails->policy.is_set()) out.push_back(guardrails->policy);
  return out;
}

std::vector<PolicyFact> answers_that_count(const std::vector<PolicySettings>& policies,
                                           const PolicyAnswers& answers,
                                           const std::string& plan_hash,
                                           const std::string& requester, WallTime now) {
  std::vector<PolicyFact> out;
  for (const PolicySettings& policy : policies) {
    out.push_back(answer_of(policy, answers, plan_hash, requester, now));
  }
  return out;
}

bool are_fresh(const PolicyAnswers& answers, WallTime now) {
  return std::all_of(answers.facts.begin(), answers.facts.end(), [now](const PolicyFact& answer) {
    const Duration age = now - answer.asked_at;
    const Duration limit = answer.verdict.known() ? answer.policy.max_age : kAskAgain;
    return age >= Duration(0) && age <= limit;
  });
}

std::string policy_input(const Facts& facts) {
  JsonObject out;
  std::map<std::string, JsonObject> groups;
  std::vector<std::string> unknown;
  for (const FactName& name : fact_names()) {
    const Fact<cel::Value> fact = name.read(facts);
    if (!fact.known()) unknown.push_back(name.name);
    const std::string json = fact.known() ? json_of(*fact) : "null";
    const std::size_t dot = name.name.find('.');
    if (dot == std::string::npos) {
      out.add_json(name.name, json);
    } else {
      groups[name.name.substr(0, dot)].add_json(name.name.substr(dot + 1), json);
    }
  }
  for (const auto& [name, group] : groups) out.add_object(name, group);
  out.add("phase", phase_word(facts.phase));
  out.add_json("unknown", json_strings(unknown));
  return out.text();
}

Result<PolicyVerdict> read_policy_answer(std::string_view body) {
  const auto parsed = parse_json(body);
  if (!parsed.ok()) return no_answer("no JSON, " + parsed.error().message);
  if (parsed->kind != Document::Kind::kMap) {
    return no_answer(fmt::format("{}, not an object", kind_word(parsed->kind)));
  }
  PolicyVerdict verdict;
  if (const Document* const id = member_of(*parsed, "decision_id")) {
    if (id->kind == Document::Kind::kString)
      verdict.decision_id = one_line(id->text, kMaxDecisionId);
  }
  const Document* const result = member_of(*parsed, "result");
  verdict.defined = result != nullptr;
  if (result != nullptr) SB_TRY(read_result(*result, verdict));
  return verdict;
}

}  // namespace sideband
