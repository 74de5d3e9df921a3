// The workers that read signals: one for each that a rule rests on, or that has a detector.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "engine/runtime/runner.h"
#include "engine/signals/signal_worker.h"

namespace sideband {

// Thread-safe. References and functions must outlive it.
class SignalWatch {
 public:
  struct Parts {
    EngineContext& context;
    Runner& runner;
    const TargetConnector& connector;
    FindRuntime runtime;
    CurrentSettings settings;
  };
  explicit SignalWatch(Parts parts) : parts_(std::move(parts)) {}

  // Reads what `settings` use from now on; workers of signals that stayed the same go on.
  void follow(const Settings& settings) SB_EXCLUDES(mutex_);
  // Reads at once what this reconciler's rules rest on: it was just opened.
  void wake_for(const ReconcilerSettings& reconciler) SB_EXCLUDES(mutex_);

 private:
  struct Entry {
    std::string version;
    TargetSettings target;
    std::shared_ptr<std::atomic<bool>> retired;
    WorkerId worker = 0;
  };
  [[nodiscard]] SignalSite site_of(const Settings& settings, const SignalSettings& signal) const;
  [[nodiscard]] std::vector<ReconcilerRuntimePtr> users_of(const std::string& signal) const;
  [[nodiscard]] std::vector<std::string> woken_by(const std::string& signal) const;

  const Parts parts_;
  mutable Mutex mutex_;
  std::map<std::string, Entry> entries_ SB_GUARDED_BY(mutex_);
};

// The signals that are read: rules of this configuration rest on them, or detectors watch them.
std::vector<std::string> used_signals(const Settings& settings);

}  // namespace sideband
