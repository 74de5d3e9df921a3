#include "settings/advice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/units.h"

namespace sideband::policy {
namespace {

// The shortest time that a repair can take by its own settings, against what is promised.
void check_slo(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const Duration promised = reconciler.slo.time_to_converge_p95;
  if (promised == Duration{0}) return;
  std::vector<std::string> parts;
  Duration sum{0};
  const auto add = [&](std::string_view name, Duration part) {
    if (part == Duration{0}) return;
    sum += part;
    parts.push_back(fmt::format("{} {}", name, format_duration(part)));
  };
  const auto& canary = reconciler.gates.canary;
  const auto pauses = canary.cohorts.empty() ? 0 : canary.cohorts.size() - 1;
  if (reconciler.wake.targets.empty()) add("interval", reconciler.interval);
  add("detect.for", reconciler.detect.hold);
  add("canary holds", canary.hold * static_cast<std::int64_t>(pauses));
  add("settle", reconciler.validate.settle);
  add("stayGood", reconciler.validate.stay_good);
  if (sum <= promised) return;
  context.warning(reconciler, "spec.slo.timeToConverge.p95",
                  fmt::format("{} cannot be kept: {} = {}", format_duration(promised),
                              fmt::join(parts, " + "), format_duration(sum)));
}

void check_auto(const CheckContext& context, const ReconcilerSettings& reconciler) {
  if (reconciler.mode != Mode::kAuto) return;
  if (reconciler.validate.independent.empty()) {
    context.warning(reconciler, "spec.mode",
                    "auto without validate.independent: repairs are judged only by the path that "
                    "made them");
  }
  const MaxChanges& limit = reconciler.gates.max_changes;
  if (limit.count == 0 && limit.percent == 0) {
    context.warning(reconciler, "spec.mode",
                    "auto without gates.maxChanges: nothing bounds what a wrong desired side does");
  }
}

void check_expired(const CheckContext& context, const ReconcilerSettings& reconciler,
                   const std::string& path, const std::vector<IgnoreRule>& ignored) {
  std::size_t index = 0;
  for (const IgnoreRule& rule : ignored) {
    if (rule.expires && *rule.expires <= context.now) {
      context.warning(reconciler, fmt::format("{}[{}].expires", path, index),
                      fmt::format("expired on {}; {} counts as drift again",
                                  format_time(*rule.expires).substr(0, 10), rule.path));
    }
    ++index;
  }
}

void check_expired(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const DetectSettings& detect = reconciler.detect;
  check_expired(context, reconciler, "spec.detect.ignore", detect.ignore);
  for (std::size_t i = 0; i < detect.fields.size(); ++i) {
    check_expired(context, reconciler, fmt::format("spec.detect.fields[{}].ignore", i),
                  detect.fields[i].ignore);
  }
}

}  // namespace

void check_advice(const CheckContext& context) {
  for (const auto& [name, reconciler] : context.settings.reconcilers) {
    check_slo(context, reconciler);
    check_auto(context, reconciler);
    check_expired(context, reconciler);
  }
}

}  // namespace sideband::policy
