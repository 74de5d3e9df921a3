#include "engine/execute/hook_step.h"

#include "base/jcs.h"
#include "model/document.h"

namespace sideband {
namespace {

std::string member_of(const Document& map, const std::string& name) {
  const auto found = map.members.find(name);
  return found == map.members.end() ? "" : found->second.text;
}

Result<Outcome> outcome_named(const std::string& name) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    if (outcome_name(static_cast<Outcome>(i)) == name) return static_cast<Outcome>(i);
  }
  return Error::corrupt("a hook has no outcome \"" + name + '"');
}

}  // namespace

std::string_view hook_name(HookKind kind) {
  return kind == HookKind::kBefore ? "before" : "after";
}

std::string encode_hook(const HookReport& report) {
  JsonObject out;
  out.add("hook", hook_name(report.kind));
  if (!report.ended) return out.text();
  out.add("outcome", outcome_name(report.outcome.outcome)).add("detail", report.outcome.detail);
  out.add("said", report.outcome.said).add("key", report.key);
  return out.text();
}

Result<HookReport> decode_hook(const Step& step) {
  SB_ASSIGN(const Document map, parse_json(step.output));
  HookReport report;
  const std::string kind = member_of(map, "hook");
  if (kind != "before" && kind != "after") return Error::corrupt("a step without changes or hook");
  report.kind = kind == "before" ? HookKind::kBefore : HookKind::kAfter;
  report.ended = step.state == StepState::kDone;
  if (!report.ended) return report;
  SB_ASSIGN(report.outcome.outcome, outcome_named(member_of(map, "outcome")));
  report.outcome.detail = member_of(map, "detail");
  report.outcome.said = member_of(map, "said");
  report.key = member_of(map, "key");
  return report;
}

std::string hook_problem(const HookReport& report) {
  std::string text(hook_name(report.kind));
  text += " did not succeed";
  if (!report.key.empty()) text += " for " + report.key;
  return text + ": " + report.outcome.detail;
}

}  // namespace sideband
