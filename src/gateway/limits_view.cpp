#include "gateway/limits_view.h"

#include <fmt/format.h>

#include <vector>

#include "base/jcs.h"
#include "base/units.h"
#include "policy/breaker.h"
#include "policy/pause_rule.h"

namespace sideband {
namespace {

std::string cap_text(const MaxChanges& cap) {
  if (cap.count == 0 && cap.percent == 0) return "none";
  std::string most = cap.count > 0 ? std::to_string(cap.count) : std::string();
  if (cap.percent > 0) most += (most.empty() ? "" : " or ") + format_percent(cap.percent);
  return most + " in " + format_duration(cap.window);
}

std::string rate_text(const RateLimit& rate) {
  if (rate.max_per_second == 0) return "none";
  return fmt::format("{} a second, at once {}", rate.max_per_second,
                     rate.burst > 0 ? rate.burst : rate.max_per_second);
}

std::string throttle_rules(const GateSettings& gates) {
  std::string out;
  for (const ThrottleRule& rule : gates.throttle) {
    out += fmt::format("{}signal {} {}, down to {} a second", out.empty() ? "" : "; ", rule.signal,
                       threshold_text(rule), rule.least);
  }
  return out.empty() ? "none" : out;
}

std::string canary_text(const CanarySettings& canary) {
  if (canary.cohorts.empty()) return "none";
  std::string out;
  for (const Cohort& cohort : canary.cohorts) {
    out += (out.empty() ? "" : ", ") +
           (cohort.count > 0 ? std::to_string(cohort.count) : format_percent(cohort.percent));
  }
  return out + ", with a rest of " + format_duration(canary.hold);
}

std::string flapping_text(const FlappingSettings& flapping) {
  if (flapping.rest == Duration(0)) return "none";
  return fmt::format("left alone for {} once {} repairs were taken back",
                     format_duration(flapping.rest), flapping.after);
}

std::string breaker_limit(const BreakerSettings& breaker) {
  return breaker.is_set() ? breaker_text(breaker) : "none";
}

std::string approval_text(const ApprovalSettings& approval) {
  std::string from;
  for (const std::string& name : approval.from) from += (from.empty() ? " of " : ", ") + name;
  return fmt::format("{} reviewer(s){}, within {}", approval.reviewers, from,
                     format_duration(approval.expires));
}

class Limits {
 public:
  // `fallback`: what the value is when nobody configures it.
  void add(const char* name, const std::string& value, const std::string& fallback) {
    JsonObject row;
    row.add("name", name).add("value", value).add("default", value == fallback);
    rows_.push_back(row.text());
  }
  void add_site(const char* name, const std::string& value) {
    if (value != "none") add(name, value, "none");
  }
  [[nodiscard]] std::string text() const { return json_array(rows_); }

 private:
  std::vector<std::string> rows_;
};

}  // namespace

std::string limits_view(const ReconcilerSettings& settings, const GuardrailSettings* site) {
  const GateSettings& is = settings.gates;
  const GateSettings usual;
  const DetectSettings detect;
  Limits out;
  out.add("gates.maxChanges", cap_text(is.max_changes), cap_text(usual.max_changes));
  out.add("gates.maxDeletes", cap_text(is.max_deletes), cap_text(usual.max_deletes));
  out.add("gates.rateLimit", rate_text(is.rate_limit), rate_text(usual.rate_limit));
  out.add("gates.throttle", throttle_rules(is), throttle_rules(usual));
  out.add("gates.canary", canary_text(is.canary), canary_text(usual.canary));
  out.add("gates.cooldown", format_duration(is.cooldown), format_duration(usual.cooldown));
  out.add("gates.concurrency", std::to_string(is.concurrency), std::to_string(usual.concurrency));
  out.add("gates.flapping", flapping_text(is.flapping), flapping_text(usual.flapping));
  out.add("gates.circuitBreaker", breaker_limit(is.breaker), breaker_limit(usual.breaker));
  out.add("gates.approval", approval_text(is.approval), approval_text(usual.approval));
  out.add("detect.for", format_duration(settings.detect.hold), format_duration(detect.hold));
  out.add("detect.maxAge", format_duration(settings.detect.max_age),
          format_duration(detect.max_age));
  out.add("detect.allowEmpty", settings.detect.allow_empty ? "true" : "false", "false");
  if (site == nullptr) return out.text();
  out.add_site("Guardrails.maxChanges", cap_text(site->max_changes));
  out.add_site("Guardrails.rateLimit", rate_text(site->rate_limit));
  out.add_site("Guardrails.circuitBreaker", breaker_limit(site->breaker));
  out.add_site("Guardrails.concurrency",
               site->concurrency == 0 ? "none" : std::to_string(site->concurrency));
  return out.text();
}

}  // namespace sideband
