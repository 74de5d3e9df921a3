#include "engine/signals/signal_watch.h"

#include <algorithm>
#include <set>

#include "engine/runtime/same_setup.h"
#include "engine/signals/own_signal.h"
#include "policy/signal_detector.h"

namespace sideband {
namespace {

bool is_woken_by(const ReconcilerSettings& reconciler, const std::string& signal) {
  const auto& names = reconciler.wake.signals;
  return std::find(names.begin(), names.end(), signal) != names.end();
}

bool rests_on(const ReconcilerSettings& reconciler, const std::string& signal) {
  const auto is_about = [&](const SignalCondition& rule) { return rule.signal == signal; };
  const GateSettings& gates = reconciler.gates;
  return std::any_of(gates.pause_when.begin(), gates.pause_when.end(), is_about) ||
         std::any_of(gates.throttle.begin(), gates.throttle.end(), is_about);
}

TargetSettings target_of(const Settings& settings, const SignalSettings& signal) {
  const auto found = settings.targets.find(signal.target);
  return found == settings.targets.end() ? TargetSettings() : found->second;
}

}  // namespace

std::vector<std::string> used_signals(const Settings& settings) {
  std::set<std::string> names;
  for (const auto& [name, reconciler] : settings.reconcilers) {
    for (const PauseRule& rule : reconciler.gates.pause_when) names.insert(rule.signal);
    for (const ThrottleRule& rule : reconciler.gates.throttle) names.insert(rule.signal);
    for (const SignalCondition& one : reconciler.detect.signals.of) names.insert(one.signal);
  }
  for (const auto& [name, signal] : settings.signals) {
    if (signal.detector.is_set()) names.insert(name);
  }
  std::erase_if(names, [&](const std::string& name) { return !settings.signals.contains(name); });
  return {names.begin(), names.end()};
}

std::vector<ReconcilerRuntimePtr> SignalWatch::users_of(const std::string& signal) const {
  std::vector<ReconcilerRuntimePtr> out;
  for (const auto& [name, reconciler] : parts_.settings()->reconcilers) {
    if (!rests_on(reconciler, signal)) continue;
    if (auto runtime = parts_.runtime(name)) out.push_back(std::move(runtime));
  }
  return out;
}

std::vector<std::string> SignalWatch::woken_by(const std::string& signal) const {
  std::vector<std::string> out;
  for (const auto& [name, reconciler] : parts_.settings()->reconcilers) {
    if (is_woken_by(reconciler, signal)) out.push_back(name);
  }
  return out;
}

SignalSite SignalWatch::site_of(const Settings& settings, const SignalSettings& signal) const {
  SignalSite site;
  site.settings = signal;
  site.users = [this, name = signal.name] { return users_of(name); };
  site.woken = [this, name = signal.name] { return woken_by(name); };
  if (signal.detector.is_set()) {
    if (auto made = make_detector(signal); made.ok()) site.detector = std::move(*made);
  }
  if (signal.is_own()) {
    site.pool = kStorePool;
    site.timeout = signal.max_age;
    const auto names = [this, only = signal.reconciler] {
      if (!only.empty()) return std::vector<std::string>{only};
      std::vector<std::string> all;
      for (const auto& [name, unused] : parts_.settings()->reconcilers) all.push_back(name);
      return all;
    };
    site.open = [this, figure = signal.figure, names]() -> Result<std::unique_ptr<Signal>> {
      return std::unique_ptr<Signal>(
          std::make_unique<OwnSignal>(parts_.context.store, parts_.context.clock, figure, names));
    };
    return site;
  }
  const TargetSettings target = target_of(settings, signal);
  site.place = target_place(target);
  site.pool = target.name;
  site.timeout = std::min(target.limits.statement_timeout, signal.max_age);
  site.open = [this, target, signal]() -> Result<std::unique_ptr<Signal>> {
    if (!parts_.connector.signal) return Error::unsupported("no target can be measured here");
    return parts_.connector.signal(target, signal);
  };
  return site;
}

void SignalWatch::follow(const Settings& settings) {
  const std::vector<std::string> used = used_signals(settings);
  const MutexLock lock(mutex_);
  std::map<std::string, Entry> kept;
  for (const std::string& name : used) {
    const SignalSettings& signal = settings.signals.at(name);
    const TargetSettings target = target_of(settings, signal);
    const auto old = entries_.find(name);
    const bool same = old != entries_.end() && old->second.version == signal.version &&
                      same_access(old->second.target, target);
    if (same) {
      kept[name] = std::move(old->second);
      entries_.erase(old);
      continue;
    }
    SignalSite site = site_of(settings, signal);
    Entry entry{signal.version, target, site.retired, 0};
    if (!signal.is_own()) parts_.runner.add_pool(target.name, target.limits.connections);
    parts_.context.signals->drop(name);
    if (old != entries_.end()) *old->second.retired = true;
    entry.worker =
        parts_.runner.spawn(std::make_shared<SignalWorker>(parts_.context, std::move(site)));
    kept[name] = std::move(entry);
  }
  for (const auto& [name, entry] : entries_) {
    *entry.retired = true;
    if (!kept.contains(name)) parts_.context.signals->drop(name);
    parts_.runner.wake(entry.worker);
  }
  entries_ = std::move(kept);
}

void SignalWatch::wake_for(const ReconcilerSettings& reconciler) {
  std::vector<WorkerId> workers;
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, entry] : entries_) {
      if (rests_on(reconciler, name)) workers.push_back(entry.worker);
    }
  }
  for (const WorkerId worker : workers) parts_.runner.wake(worker);
}

}  // namespace sideband
