#include "settings/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <set>

#include "base/units.h"
#include "settings/signals.h"

namespace sideband::policy {

using config::DriverFields;

void CheckContext::error(const ReconcilerSettings& reconciler, const std::string& path,
                         std::string text) const {
  const config::Node* node = reconciler_nodes.at(reconciler.name);
  messages.error(config::span_at(*node, path), path, std::move(text));
}

void CheckContext::warning(const ReconcilerSettings& reconciler, const std::string& path,
                           std::string text) const {
  const config::Node* node = reconciler_nodes.at(reconciler.name);
  messages.warning(config::span_at(*node, path), path, std::move(text), reconciler.name);
}

std::string CheckContext::missing_target(const std::string& name) const {
  if (settings.targets.contains(name)) return "";
  std::vector<std::string> names;
  for (const auto& [target, unused] : settings.targets) names.push_back(target);
  std::string hint = config::did_you_mean(name, names);
  if (hint.empty()) {
    hint = names.empty() ? "; no Target is configured"
                         : fmt::format("; there are: {}", fmt::join(names, ", "));
  }
  return fmt::format("there is no Target \"{}\"{}", name, hint);
}

const DriverFields* CheckContext::driver_of(const std::string& target) const {
  const auto at = settings.targets.find(target);
  if (at == settings.targets.end()) return nullptr;
  for (const DriverFields& driver : drivers) {
    if (driver.name == at->second.driver) return &driver;
  }
  return nullptr;
}

namespace {

bool target_exists(const CheckContext& context, const ReconcilerSettings& reconciler,
                   const std::string& path, const std::string& name) {
  const std::string missing = context.missing_target(name);
  if (!missing.empty()) context.error(reconciler, path, missing);
  return missing.empty();
}

void check_side(const CheckContext& context, const ReconcilerSettings& reconciler,
                const std::string& path, const std::string& target, bool desired) {
  if (target.empty() || !target_exists(context, reconciler, path, target)) return;
  const DriverFields* driver = context.driver_of(target);
  if (driver == nullptr) return;
  if ((desired ? driver->desired : driver->actual).empty()) {
    context.error(reconciler, path,
                  fmt::format("the driver \"{}\" of Target \"{}\" cannot be the {} side",
                              driver->name, target, desired ? "desired" : "actual"));
  }
}

// As it is written; null where it is not, or where there is no spec at all.
const config::Node* wake_section(const CheckContext& context,
                                 const ReconcilerSettings& reconciler) {
  const config::Node* const spec = context.reconciler_nodes.at(reconciler.name)->find("spec");
  return spec == nullptr ? nullptr : spec->find("wake");
}

// Each of the names below `key` of spec.wake, with its path: the key's own where it is one alone.
void for_each_wake(const CheckContext& context, const ReconcilerSettings& reconciler,
                   const std::string& key, const std::vector<std::string>& names,
                   const std::function<void(const std::string&, const std::string&)>& visit) {
  const std::string path = "spec.wake." + key;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool single = wake_section(context, reconciler)->find(key)->items.empty();
    visit(single ? path : fmt::format("{}[{}]", path, i), names[i]);
  }
}

void check_wakes(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const WakeSettings& wake = reconciler.wake;
  const config::Node* const section = wake_section(context, reconciler);
  const bool is_map = section != nullptr && section->kind == config::NodeKind::kMap;
  if (is_map && section->entries.empty()) {
    context.error(reconciler, "spec.wake", "write what wakes it: targets, signals, or both");
  }
  for_each_wake(context, reconciler, "targets", wake.targets,
                [&](const std::string& path, const std::string& target) {
                  target_exists(context, reconciler, path, target);
                });
  for_each_wake(context, reconciler, "signals", wake.signals,
                [&](const std::string& path, const std::string& signal) {
                  check_detecting_signal(context, reconciler, path, signal);
                });
}

void check_independent(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const std::string path = "spec.validate.independent.target";
  const std::string& name = reconciler.validate.independent;
  if (name.empty() || !target_exists(context, reconciler, path, name)) return;
  if (name == reconciler.actual.target) {
    context.error(reconciler, path,
                  fmt::format("\"{}\" is the target that is repaired; an independent look needs "
                              "another way to the same things",
                              name));
    return;
  }
  const DriverFields* own = context.driver_of(reconciler.actual.target);
  const DriverFields* other = context.driver_of(name);
  if (own != nullptr && other != nullptr && own->name != other->name) {
    context.error(
        reconciler, path,
        fmt::format("\"{}\" has driver \"{}\"; it must be \"{}\" like spec.actual.target, "
                    "because it reads the same keys",
                    name, other->name, own->name));
  }
}

// Counts and shares must each rise, and the last cohort must be everything.
void check_cohorts(const CheckContext& context, const ReconcilerSettings& reconciler) {
  constexpr std::int64_t kEverything = 1'000'000;
  const std::string path = "spec.gates.canary.cohorts";
  Cohort highest;
  std::size_t index = 0;
  for (const Cohort& cohort : reconciler.gates.canary.cohorts) {
    const bool by_count = cohort.count > 0;
    const bool after_share = by_count && highest.percent > 0;
    std::int64_t& last = by_count ? highest.count : highest.percent;
    const std::int64_t value = by_count ? cohort.count : cohort.percent;
    if (value <= last || after_share) {
      context.error(reconciler, fmt::format("{}[{}]", path, index),
                    "cohorts must grow: counts first, then percentages, each larger than the one "
                    "before, like [1, 10%, 100%]");
    }
    last = value;
    ++index;
  }
  if (index > 0 && highest.percent != kEverything) {
    context.error(reconciler, path,
                  "the last cohort must be 100%; else the rest would never be repaired");
  }
}

void check_waits(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const auto& validate = reconciler.validate;
  if (validate.settle + validate.stay_good > validate.within) {
    context.error(reconciler, "spec.validate.within",
                  fmt::format("{} is too short: settle {} + stayGood {} = {}",
                              format_duration(validate.within), format_duration(validate.settle),
                              format_duration(validate.stay_good),
                              format_duration(validate.settle + validate.stay_good)));
  }
  const auto& retry = reconciler.retry;
  if (retry.factor < 1) {
    context.error(reconciler, "spec.retry.backoff.factor", "must be at least 1");
  }
  if (retry.max < retry.initial) {
    context.error(reconciler, "spec.retry.backoff.max",
                  fmt::format("{} is shorter than initial {}", format_duration(retry.max),
                              format_duration(retry.initial)));
  }
}

// A burst is of a rate, be it that of the guardrails.
void check_burst(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const RateLimit& rate = reconciler.gates.rate_limit;
  const auto& ceiling = context.settings.guardrails;
  const bool limited =
      rate.max_per_second > 0 || (ceiling && ceiling->rate_limit.max_per_second > 0);
  if (rate.burst == 0 || limited) return;
  context.error(reconciler, "spec.gates.rateLimit.burst",
                "has no effect without maxPerSecond; set it, or leave this out");
}

// Names in approval.from that are no group count as one identity each.
void check_reviewers(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const ApprovalSettings& approval = reconciler.gates.approval;
  if (approval.from.empty()) return;
  std::set<std::string> people;
  for (const std::string& name : approval.from) {
    const auto group = context.settings.groups.find(name);
    if (group == context.settings.groups.end()) {
      people.insert(name);
    } else {
      people.insert(group->second.members.begin(), group->second.members.end());
    }
  }
  if (static_cast<std::int64_t>(people.size()) >= approval.reviewers) return;
  context.error(reconciler, "spec.gates.approval.reviewers",
                fmt::format("{} approvals are needed, but only {} may approve: {}",
                            approval.reviewers, people.size(), fmt::join(people, ", ")));
}

}  // namespace

void check_references(const CheckContext& context) {
  for (const auto& [name, reconciler] : context.settings.reconcilers) {
    check_side(context, reconciler, "spec.desired.target", reconciler.desired.target, true);
    check_side(context, reconciler, "spec.actual.target", reconciler.actual.target, false);
    check_independent(context, reconciler);
    check_wakes(context, reconciler);
  }
}

void check_values(const CheckContext& context) {
  for (const auto& [name, reconciler] : context.settings.reconcilers) {
    check_cohorts(context, reconciler);
    check_waits(context, reconciler);
    check_reviewers(context, reconciler);
    check_burst(context, reconciler);
  }
}

}  // namespace sideband::policy
