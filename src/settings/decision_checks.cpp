#include "settings/decision_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/units.h"
#include "cel/source.h"
#include "cel/text.h"
#include "policy/decision_rules.h"

namespace sideband::policy {
namespace {

using config::Node;
using config::Span;

constexpr std::size_t kMaxPolicyPath = 255;
constexpr Duration kMaxPolicyTimeout = std::chrono::seconds(30);
// Age counts from before the question, and a repair is claimed a moment after the answer.
constexpr Duration kMinPolicyRest = std::chrono::seconds(1);
constexpr Duration kMaxPolicyAge = std::chrono::hours(1);

std::string_view line_of(std::string_view text, std::size_t number) {
  for (; number > 1 && !text.empty(); --number) {
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return text.substr(0, text.find('\n'));
}

const Node* node_at(const Node& document, std::initializer_list<const char*> path) {
  const Node* at = &document;
  for (const char* const key : path) {
    at = at == nullptr ? nullptr : at->find(key);
  }
  return at;
}

// Where `place` of a scalar's text stands in the file: on the line on which the scalar begins, or,
// of a block, on those below. Nothing where the file writes it otherwise, with escapes or folded.
std::optional<Span> span_in(const config::Messages& messages, const Node& scalar,
                            const cel::Place& place) {
  const std::string_view wanted = line_of(scalar.text, place.line);
  const std::string& source = messages.source_text(scalar.span.file);
  for (const std::size_t first :
       {std::size_t{scalar.span.line}, scalar.span.line + std::size_t{1}}) {
    const std::size_t number = first + place.line - 1;
    const std::string_view line = line_of(source, number);
    const bool beside = number == scalar.span.line;
    const std::size_t at = line.find(wanted, beside ? scalar.span.column - 1 : 0);
    if (wanted.empty() || at == std::string_view::npos) continue;
    Span span = scalar.span;
    span.line = static_cast<std::uint32_t>(number);
    span.column =
        static_cast<std::uint32_t>(cel::count_code_points(line.substr(0, at)) + place.column);
    span.length = 1;
    return span;
  }
  return {};
}

void report_rule(const CheckContext& context, const Node& document,
                 std::initializer_list<const char*> keys, const Result<DecisionRule>& rule) {
  const Node* const scalar = node_at(document, keys);
  if (rule.ok() || scalar == nullptr) return;
  const std::string path = fmt::format("{}", fmt::join(keys, "."));
  std::string_view lines = rule.error().message;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const cel::Located located = cel::located(line);
    const auto span = span_in(context.messages, *scalar, located.place);
    context.messages.error(span.value_or(scalar->span), path,
                           span ? located.message : fmt::format("at {}", line));
  }
}

void check_calendars(const CheckContext& context, const Node& document, const std::string& path,
                     const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const auto& [name, calendar] : context.settings.calendars) known.push_back(name);
  for (const std::string& name : names) {
    if (context.settings.calendars.contains(name)) continue;
    std::string hint = config::did_you_mean(name, known);
    if (hint.empty()) {
      hint = known.empty() ? "; no Calendar is configured"
                           : fmt::format("; there are: {}", fmt::join(known, ", "));
    }
    context.messages.error(config::span_at(document, path), path,
                           fmt::format("there is no Calendar \"{}\"{}", name, hint));
  }
}

void check_gate(const CheckContext& context, const Node& document, const std::string& path,
                const CalendarGate& gate) {
  check_calendars(context, document, path + ".allow", gate.allow);
  check_calendars(context, document, path + ".deny", gate.deny);
}

// Segments of a document's path are names, so that nothing but that document is asked for.
bool is_document_path(std::string_view path) {
  constexpr std::string_view kInNames =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  if (path.empty() || path.front() == '/' || path.back() == '/') return false;
  if (path.find("//") != std::string_view::npos || path.size() > kMaxPolicyPath) return false;
  return path.find_first_not_of(std::string(kInNames) + "/") == std::string_view::npos;
}

void check_policy(const CheckContext& context, const Node& document, const PolicySettings& policy) {
  if (!policy.is_set()) return;
  const auto report = [&](const char* key, std::string text) {
    const std::string path = std::string("spec.decide.policy.") + key;
    context.messages.error(config::span_at(document, path), path, std::move(text));
  };
  const std::string missing = context.missing_target(policy.target);
  const config::DriverFields* const driver = context.driver_of(policy.target);
  if (!missing.empty()) {
    report("target", missing);
  } else if (driver != nullptr && !driver->policies) {
    report("target", fmt::format("the driver \"{}\" of Target \"{}\" cannot ask a policy; that can "
                                 "a target of driver \"http\"",
                                 driver->name, policy.target));
  }
  if (!policy.path.empty() && !is_document_path(policy.path)) {
    report("path",
           "names a document below /v1/data: names of letters, digits, _ and - with a slash "
           "between them, like sideband/repairs");
  }
  if (policy.timeout > kMaxPolicyTimeout) {
    report("timeout",
           fmt::format("{} is longer than {}: a look waits for the answer",
                       format_duration(policy.timeout), format_duration(kMaxPolicyTimeout)));
  }
  if (policy.max_age < policy.timeout + kMinPolicyRest) {
    report("maxAge", fmt::format("{} is less than timeout {} and {}: an answer would be too old "
                                 "before the repair begins",
                                 format_duration(policy.max_age), format_duration(policy.timeout),
                                 format_duration(kMinPolicyRest)));
  }
  if (policy.max_age > kMaxPolicyAge) {
    report("maxAge", fmt::format("{} is longer than {}: what was allowed then is not allowed now",
                                 format_duration(policy.max_age), format_duration(kMaxPolicyAge)));
  }
}

void check_reconciler(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const Node& document = *context.reconciler_nodes.at(reconciler.name);
  const DecideSettings& decide = reconciler.decide;
  if (!decide.when.empty()) {
    report_rule(context, document, {"spec", "decide", "when"},
                DecisionRule::condition(decide.when));
  }
  if (!decide.risk.empty()) {
    report_rule(context, document, {"spec", "decide", "risk"}, DecisionRule::risk(decide.risk));
  }
  if (decide.risk.empty() != reconciler.gates.approval.risk.empty()) {
    const bool lacks_rule = decide.risk.empty();
    context.error(reconciler, lacks_rule ? "spec.gates.approval.risk" : "spec.decide.risk",
                  lacks_rule ? "needs spec.decide.risk, which says what the risk of a plan is"
                             : "has no effect without spec.gates.approval.risk; set it, or leave "
                               "this out");
  }
  check_gate(context, document, "spec.gates.calendar", reconciler.gates.calendar);
  check_policy(context, document, decide.policy);
}

}  // namespace

void check_decisions(const CheckContext& context) {
  for (const auto& [name, reconciler] : context.settings.reconcilers) {
    check_reconciler(context, reconciler);
  }
  const auto& guardrails = context.settings.guardrails;
  if (!guardrails || context.guardrails_node == nullptr) return;
  if (!guardrails->when.empty()) {
    report_rule(context, *context.guardrails_node, {"spec", "decide", "when"},
                DecisionRule::condition(guardrails->when));
  }
  check_gate(context, *context.guardrails_node, "spec.calendar", guardrails->calendar);
  check_policy(context, *context.guardrails_node, guardrails->policy);
}

}  // namespace sideband::policy
