#include "settings/guardrails.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/units.h"
#include "policy/breaker.h"
#include "policy/pause_rule.h"

namespace sideband::policy {
namespace {

constexpr std::array<std::string_view, 4> kModeNames = {"observe", "propose", "approve", "auto"};

// The most that `limit` per `window` lets through in `span`.
std::int64_t max_within(std::int64_t limit, Duration window, Duration span) {
  const std::int64_t windows = (span.count() + window.count() - 1) / window.count();
  std::int64_t most = 0;
  return __builtin_mul_overflow(limit, windows, &most) ? INT64_MAX : most;
}

class Comparison {
 public:
  Comparison(const CheckContext& context, ReconcilerSettings& reconciler)
      : context_(context), reconciler_(reconciler), ceiling_(*context.settings.guardrails) {}

  void run() {
    if (reconciler_.mode > ceiling_.max_mode) {
      looser("spec.mode", mode_name(reconciler_.mode), "spec.maxMode",
             mode_name(ceiling_.max_mode));
    }
    compare_changes();
    compare_rate("spec.gates.rateLimit.maxPerSecond", reconciler_.gates.rate_limit.max_per_second,
                 "spec.rateLimit.maxPerSecond", ceiling_.rate_limit.max_per_second);
    compare_rate("spec.gates.rateLimit.burst", reconciler_.gates.rate_limit.burst,
                 "spec.rateLimit.burst", ceiling_.rate_limit.burst);
    if (ceiling_.concurrency > 0 && reconciler_.gates.concurrency > ceiling_.concurrency) {
      looser("spec.gates.concurrency", std::to_string(reconciler_.gates.concurrency),
             "spec.concurrency", std::to_string(ceiling_.concurrency));
    }
    for (const PauseRule& most : ceiling_.pause_when) compare_pause(most);
    compare_breaker();
  }

 private:
  static std::string mode_name(Mode mode) {
    return std::string(kModeNames[static_cast<std::size_t>(mode)]);
  }

  void compare_rate(const std::string& path, std::int64_t& own, const std::string& ceiling_path,
                    std::int64_t most) {
    if (most == 0) return;
    if (own == 0) own = most;
    if (own > most) looser(path, std::to_string(own), ceiling_path, std::to_string(most));
  }

  // A part that is not set takes the ceiling, over the longer of both windows.
  void compare_changes() {
    MaxChanges& own = reconciler_.gates.max_changes;
    const MaxChanges& most = ceiling_.max_changes;
    if (most.count == 0 && most.percent == 0) return;
    if (own.count == 0 && own.percent == 0) own.window = most.window;
    compare_part("count", own.count, most.count, own.window,
                 [](std::int64_t value) { return std::to_string(value); });
    compare_part("percent", own.percent, most.percent, own.window, format_percent);
  }

  template <class Format>
  void compare_part(const std::string& key, std::int64_t& own, std::int64_t most, Duration window,
                    Format format) {
    if (most == 0) return;
    const Duration span = ceiling_.max_changes.window;
    if (own == 0) {
      own = std::max<std::int64_t>(1, most / max_within(1, window, span));
      return;
    }
    if (max_within(own, window, span) <= most) return;
    looser("spec.gates.maxChanges." + key,
           fmt::format("{} in {}", format(own), format_duration(window)), "spec.maxChanges." + key,
           fmt::format("{} in {}", format(most), format_duration(span)));
  }

  // A rule of the site holds for every reconciler, or a tighter one of its own about the same.
  void compare_pause(const PauseRule& most) {
    auto& rules = reconciler_.gates.pause_when;
    const auto own = std::find_if(rules.begin(), rules.end(),
                                  [&](const PauseRule& rule) { return same_subject(rule, most); });
    if (own == rules.end()) return rules.push_back(most);
    const bool above = most.above.has_value();
    const auto beyond = [&](double one, double other) { return above ? one > other : one < other; };
    const bool tight = !beyond(own->threshold().value, most.threshold().value) &&
                       !beyond(own->opens_at(), most.opens_at()) && own->lasting <= most.lasting;
    if (tight) return;
    looser("spec.gates.pauseWhen", rule_text(*own), "spec.pauseWhen", rule_text(most));
  }

  // Whatever opens that of the site opens a tighter one, too, and for as long.
  void compare_breaker() {
    BreakerSettings& own = reconciler_.gates.breaker;
    const BreakerSettings& most = ceiling_.breaker;
    if (!most.is_set()) return;
    if (!own.is_set()) own = most;
    const bool tight = own.failures <= most.failures && own.of >= most.of &&
                       own.open >= most.open && own.probe <= most.probe;
    if (tight) return;
    looser("spec.gates.circuitBreaker", breaker_text(own), "spec.circuitBreaker",
           breaker_text(most));
  }

  static std::string rule_text(const PauseRule& rule) {
    if (rule.detected) return threshold_text(rule);
    return fmt::format("{} for {}, clear {},", threshold_text(rule), format_duration(rule.lasting),
                       format_quantity(rule.opens_at(), rule.threshold().unit));
  }

  void looser(const std::string& path, const std::string& value, const std::string& ceiling_path,
              const std::string& ceiling) {
    const config::Span span = config::span_at(*context_.guardrails_node, ceiling_path);
    context_.error(
        reconciler_, path,
        fmt::format("{} is looser than the ceiling {} of Guardrails \"{}\" ({} at {})", value,
                    ceiling, ceiling_.name, ceiling_path, context_.messages.place(span)));
  }

  const CheckContext& context_;
  ReconcilerSettings& reconciler_;
  const GuardrailSettings& ceiling_;
};

void check_retention(const CheckContext& context) {
  const RetentionSettings& retention = context.settings.guardrails->retention;
  if (retention.undo <= retention.repairs) return;
  context.messages.error(
      config::span_at(*context.guardrails_node, "spec.retention"), "spec.retention.undo",
      fmt::format("{} is longer than spec.retention.repairs, {}; a repair that is gone cannot be "
                  "taken back",
                  format_duration(retention.undo), format_duration(retention.repairs)));
}

// A misspelt name would be a limit of nothing.
void check_rate_names(const CheckContext& context, const std::string& path,
                      const std::map<std::string, std::int64_t>& rates,
                      const std::vector<std::string>& known, const char* what) {
  for (const auto& [name, rate] : rates) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string at = path + "." + name;
    const std::string hint = config::did_you_mean(name, known);
    context.messages.error(
        config::span_at(*context.guardrails_node, at), at,
        fmt::format("{} \"{}\"{}", what, name, hint.empty() ? "; leave it out" : hint));
  }
}

void check_rates(const CheckContext& context) {
  std::vector<std::string> owners, targets;
  for (const auto& [name, reconciler] : context.settings.reconcilers) {
    owners.push_back(reconciler.labels.owner);
    targets.push_back(reconciler.actual.target);
  }
  const GuardrailSettings& site = *context.settings.guardrails;
  check_rate_names(context, "spec.rateLimits.owners", site.owner_rates, owners,
                   "no reconciler has the owner");
  check_rate_names(context, "spec.rateLimits.targets", site.target_rates, targets,
                   "no reconciler repairs the target");
}

}  // namespace

void clamp_to_guardrails(const CheckContext& context) {
  if (!context.settings.guardrails || context.guardrails_node == nullptr) return;
  check_retention(context);
  check_rates(context);
  for (auto& [name, reconciler] : context.settings.reconcilers) {
    Comparison(context, reconciler).run();
  }
}

}  // namespace sideband::policy
