// The engine's metrics: of reconcilers and of the engine as a whole; those of playbooks and of
// retention are parts of it.
#pragma once

#include <array>
#include <map>
#include <string>

#include "base/metrics.h"
#include "base/mutex.h"
#include "engine/decide/policy_metrics.h"
#include "engine/notify/notice_metrics.h"
#include "engine/observe/look.h"
#include "engine/playbook/playbook_metrics.h"
#include "engine/runtime/retention_metrics.h"
#include "engine/signals/signal_metrics.h"
#include "model/repair.h"
#include "model/settings.h"
#include "policy/breaker.h"
#include "policy/status.h"

namespace sideband {

// Thread-safe. Series of a reconciler are made at zero by add_reconciler. Those that every repair
// moves are looked up once for each version of a reconciler.
class EngineMetrics {
 public:
  explicit EngineMetrics(Metrics& metrics)
      : playbooks(metrics),
        retention(metrics),
        notices(metrics),
        signals(metrics),
        policies(metrics),
        metrics_(metrics) {}

  void add_reconciler(const ReconcilerSettings& settings);
  void scan_ended(const ReconcilerSettings& settings, bool well, Duration took, std::int64_t drift,
                  std::optional<std::int64_t> extras, std::int64_t unknown);
  // A look that ended well, how much it read and why, and how long it took with all that it asked.
  void looked(const ReconcilerSettings& settings, const Look& look, Duration took);
  // A look that ended without a scan; `by` is "position", "changed" or "told".
  void scan_skipped(const ReconcilerSettings& settings, const std::string& by);
  // Its sides were opened anew, because what they are made of changed.
  void sides_reopened(const ReconcilerSettings& settings);
  // Another server, run or data behind the address of a target; `how` is an identity_change_name.
  void target_changed(const std::string& target, const std::string& how);
  void decided(const ReconcilerSettings& settings, Verdict verdict,
               const std::vector<Reason>& reasons);
  // What it is doing now, and when a look at everything last ended well; epoch = never.
  void status(const ReconcilerSettings& settings, StatusKind kind, WallTime good_look);
  // What its circuit breaker is now; not asked of one that has none.
  void breaker(const ReconcilerSettings& settings, BreakerState state);
  // Whether people silenced it.
  void silenced(const ReconcilerSettings& settings, bool is);
  void hook_ended(const ReconcilerSettings& settings, std::string_view hook,
                  const ChangeOutcome& outcome);
  void step_ended(const ReconcilerSettings& settings, const std::vector<ChangeOutcome>& outcomes);
  // A lease was too short to go on: given up without acting.
  void lease_lapsed(const ReconcilerSettings& settings);
  void repair_ended(const ReconcilerSettings& settings, const Repair& repair);
  // Whether a feed of a target listens; it ended, `why` is "lost" or "lag"; it woke, `with` "keys"
  // or "scan"; how much of the target's log is kept for it.
  void feed_listens(const ReconcilerSettings& settings, const std::string& target, bool up);
  void feed_ended(const ReconcilerSettings& settings, const std::string& target,
                  const std::string& why);
  void feed_woke(const ReconcilerSettings& settings, const std::string& target,
                 const std::string& with);
  void feed_lags(const ReconcilerSettings& settings, const std::string& target, std::int64_t bytes);
  void config_loaded(bool well);
  void leads(bool we_do);
  void unsigned_for(Duration age);
  void clock_gap(Duration ahead);
  void repairs_wait(std::int64_t count);
  void queue_started(const std::string& owner, std::int64_t count);
  void engine_beat();

  PlaybookMetrics playbooks;
  RetentionMetrics retention;
  NoticeMetrics notices;
  SignalMetrics signals;
  PolicyMetrics policies;

 private:
  // Of one version of a reconciler; a counter is null until it first counts.
  struct Series {
    MetricLabels labels;
    std::array<Counter*, 5> verdicts{};
    std::array<Counter*, kOutcomes> outcomes{};
    std::array<Counter*, 12> ends{};
    Histogram* repair_seconds = nullptr;
    Histogram* time_to_converge = nullptr;
    Histogram* gate_wait = nullptr;
  };
  Series& series_of(const ReconcilerSettings& settings) SB_REQUIRES(mutex_);
  Metrics& metrics_;
  Mutex mutex_;
  std::map<std::string, std::pair<std::string, Series>, std::less<>> series_
      SB_GUARDED_BY(mutex_);  // by name, with the version that it was made for
};

}  // namespace sideband
