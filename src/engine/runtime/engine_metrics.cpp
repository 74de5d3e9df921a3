#include "engine/runtime/engine_metrics.h"

namespace sideband {
namespace {

MetricLabels labels_of(const ReconcilerSettings& settings) {
  return {{"reconciler", settings.name},
          {"owner", settings.labels.owner},
          {"environment", settings.labels.environment},
          {"criticality", settings.labels.criticality},
          {"repair_type", settings.labels.repair_type}};
}

MetricLabels with(MetricLabels labels, const std::string& name, std::string_view value) {
  labels[name] = std::string(value);
  return labels;
}

const std::vector<double>& seconds_buckets() {
  static const std::vector<double> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                              0.1,   0.25,   0.5,   1,    2.5,   5,
                                              10,    30,     60,    300,  1800,  3600};
  return kBounds;
}

// Looks a series up when it is first needed.
template <class Instrument, class Find>
Instrument& once(Instrument*& slot, Find find) {
  if (slot == nullptr) slot = &find();
  return *slot;
}

Counter& reopened(Metrics& metrics, const MetricLabels& labels) {
  return metrics.counter("sideband_sides_reopened_total",
                         "Times that both sides were opened anew: columns changed, or an exception "
                         "of detect.ignore ended.",
                         labels);
}

Counter& skipped(Metrics& metrics, const MetricLabels& labels, std::string_view by) {
  return metrics.counter("sideband_scans_skipped_total",
                         "Looks that ended without a scan, by what they were answered from.",
                         with(labels, "by", by));
}

Counter& looks(Metrics& metrics, const MetricLabels& labels, LookKind kind, std::string_view why) {
  return metrics.counter("sideband_looks_total", "Looks that ended well, by how much they read.",
                         with(with(labels, "kind", look_kind_name(kind)), "why", why));
}

Counter& lapses(Metrics& metrics, const MetricLabels& labels) {
  return metrics.counter("sideband_leases_lapsed_total",
                         "Leases too short to act on, given up without acting.", labels);
}

Counter& feed_ends(Metrics& metrics, const MetricLabels& labels, const std::string& why) {
  return metrics.counter("sideband_feed_ends_total", "Feeds that ended, by why.",
                         with(labels, "why", why));
}

double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace

EngineMetrics::Series& EngineMetrics::series_of(const ReconcilerSettings& settings) {
  auto& [version, series] = series_[settings.name];
  if (version == settings.version && !series.labels.empty()) return series;
  version = settings.version;
  series = Series{};
  series.labels = labels_of(settings);
  return series;
}

void EngineMetrics::add_reconciler(const ReconcilerSettings& settings) {
  const MetricLabels labels = labels_of(settings);
  for (const char* result : {"ok", "failed"}) {
    metrics_.counter("sideband_scans_total", "Scans ended, by result.",
                     with(labels, "result", result));
  }
  lapses(metrics_, labels);
  reopened(metrics_, labels);
  for (const char* by : {"position", "changed", "told"}) skipped(metrics_, labels, by);
  for (const RepairState state : {RepairState::kConverged, RepairState::kNeedsHuman}) {
    metrics_.counter("sideband_repairs_total", "Repairs ended, by final state.",
                     with(labels, "outcome", repair_state_name(state)));
  }
}

void EngineMetrics::scan_ended(const ReconcilerSettings& settings, bool well, Duration took,
                               std::int64_t drift, std::optional<std::int64_t> extras,
                               std::int64_t unknown) {
  const MetricLabels labels = labels_of(settings);
  metrics_
      .counter("sideband_scans_total", "Scans ended, by result.",
               with(labels, "result", well ? "ok" : "failed"))
      .add(1);
  metrics_.histogram("sideband_scan_seconds", "Duration of scans.", labels, seconds_buckets())
      .observe(seconds(took));
  if (!well) return;
  metrics_.gauge("sideband_drift_open", "Resources found different by the last scan.", labels)
      .set(static_cast<double>(drift));
  if (extras) {
    metrics_
        .gauge("sideband_extras",
               "Items that nobody desires, reported only; of the last scan that looked for them.",
               labels)
        .set(static_cast<double>(*extras));
  }
  metrics_.gauge("sideband_unknown_items", "Keys whose state could not be told.", labels)
      .set(static_cast<double>(unknown));
}

void EngineMetrics::scan_skipped(const ReconcilerSettings& settings, const std::string& by) {
  skipped(metrics_, labels_of(settings), by).add(1);
}

void EngineMetrics::looked(const ReconcilerSettings& settings, const Look& look, Duration took) {
  looks(metrics_, labels_of(settings), look.kind, look.why).add(1);
  metrics_
      .histogram("sideband_look_seconds",
                 "Duration of looks that ended well, with what they asked and waited for.",
                 with(labels_of(settings), "kind", look_kind_name(look.kind)), seconds_buckets())
      .observe(seconds(took));
}

void EngineMetrics::sides_reopened(const ReconcilerSettings& settings) {
  reopened(metrics_, labels_of(settings)).add(1);
}

void EngineMetrics::target_changed(const std::string& target, const std::string& how) {
  metrics_
      .counter("sideband_target_changes_total",
               "Times that another server, run or data were found behind the address of a target.",
               {{"target", target}, {"how", how}})
      .add(1);
}

void EngineMetrics::decided(const ReconcilerSettings& settings, Verdict verdict,
                            const std::vector<Reason>& reasons) {
  const MutexLock lock(mutex_);
  Series& series = series_of(settings);
  once(series.verdicts.at(static_cast<std::size_t>(verdict)), [&]() -> Counter& {
    return metrics_.counter("sideband_decisions_total", "Decisions, by verdict.",
                            with(series.labels, "verdict", verdict_name(verdict)));
  }).add(1);
  for (const Reason& reason : reasons) {
    if (reason.passed()) continue;
    metrics_
        .counter("sideband_gate_refusals_total", "Plans held back, by gate.",
                 with(series.labels, "gate", gate_name(reason.gate)))
        .add(1);
  }
}

void EngineMetrics::status(const ReconcilerSettings& settings, StatusKind kind,
                           WallTime good_look) {
  const MetricLabels labels = labels_of(settings);
  for (std::size_t i = 0; i < kStatusKinds; ++i) {
    const auto one = static_cast<StatusKind>(i);
    metrics_
        .gauge("sideband_reconciler_status", "1 for what the reconciler is doing now, by status.",
               with(labels, "status", status_name(one)))
        .set(one == kind ? 1 : 0);
  }
  metrics_
      .gauge("sideband_reconciler_last_good_look_timestamp_seconds",
             "When a look at everything last ended well; 0 = never.", labels)
      .set(static_cast<double>(to_us(good_look)) / 1e6);
}

void EngineMetrics::silenced(const ReconcilerSettings& settings, bool is) {
  metrics_
      .gauge("sideband_reconciler_silenced", "Whether a silence matches it now: 0 or 1.",
             labels_of(settings))
      .set(is ? 1 : 0);
}

void EngineMetrics::breaker(const ReconcilerSettings& settings, BreakerState state) {
  const MetricLabels labels = labels_of(settings);
  for (const auto one : {BreakerState::kClosed, BreakerState::kOpen, BreakerState::kHalfOpen}) {
    metrics_
        .gauge("sideband_breaker_state", "1 for what the circuit breaker is now, by state.",
               with(labels, "state", breaker_state_name(one)))
        .set(one == state ? 1 : 0);
  }
}

void EngineMetrics::step_ended(const ReconcilerSettings& settings,
                               const std::vector<ChangeOutcome>& outcomes) {
  std::array<std::int64_t, kOutcomes> counts{};
  for (const ChangeOutcome& outcome : outcomes) {
    ++counts.at(static_cast<std::size_t>(outcome.outcome));
  }
  const MutexLock lock(mutex_);
  Series& series = series_of(settings);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) == 0) continue;
    once(series.outcomes.at(i), [&]() -> Counter& {
      return metrics_.counter(
          "sideband_changes_total", "Changes tried, by outcome.",
          with(series.labels, "outcome", outcome_name(static_cast<Outcome>(i))));
    }).add(static_cast<double>(counts.at(i)));
  }
}

void EngineMetrics::hook_ended(const ReconcilerSettings& settings, std::string_view hook,
                               const ChangeOutcome& outcome) {
  auto labels = with(labels_of(settings), "hook", hook);
  labels = with(labels, "outcome", outcome_name(outcome.outcome));
  metrics_
      .counter("sideband_hooks_total", "Runs of repair.before and repair.after, by outcome.",
               labels)
      .add(1);
}

void EngineMetrics::lease_lapsed(const ReconcilerSettings& settings) {
  lapses(metrics_, labels_of(settings)).add(1);
}

void EngineMetrics::repair_ended(const ReconcilerSettings& settings, const Repair& repair) {
  const MutexLock lock(mutex_);
  Series& series = series_of(settings);
  once(series.ends.at(static_cast<std::size_t>(repair.state)), [&]() -> Counter& {
    return metrics_.counter("sideband_repairs_total", "Repairs ended, by final state.",
                            with(series.labels, "outcome", repair_state_name(repair.state)));
  }).add(1);
  once(series.repair_seconds, [&]() -> Histogram& {
    return metrics_.histogram("sideband_repair_seconds", "From the repair's creation to its end.",
                              series.labels, seconds_buckets());
  }).observe(seconds(repair.ended_at - repair.created_at));
  if (repair.state != RepairState::kConverged) return;
  once(series.time_to_converge, [&]() -> Histogram& {
    return metrics_.histogram("sideband_time_to_converge_seconds",
                              "From the first observation of the drift to validated convergence.",
                              series.labels, seconds_buckets());
  }).observe(seconds(repair.ended_at - repair.first_seen));
  once(series.gate_wait, [&]() -> Histogram& {
    return metrics_.histogram("sideband_gate_wait_seconds",
                              "Part of the time to converge that was spent waiting in gates.",
                              series.labels, seconds_buckets());
  }).observe(seconds(Duration(repair.gate_wait_us)));
}

void EngineMetrics::feed_listens(const ReconcilerSettings& settings, const std::string& target,
                                 bool up) {
  const MetricLabels labels = with(labels_of(settings), "target", target);
  metrics_.gauge("sideband_feed_up", "1 while a feed listens.", labels).set(up ? 1 : 0);
  for (const char* why : {"lost", "lag"}) feed_ends(metrics_, labels, why);
}

void EngineMetrics::feed_ended(const ReconcilerSettings& settings, const std::string& target,
                               const std::string& why) {
  feed_ends(metrics_, with(labels_of(settings), "target", target), why).add(1);
}

void EngineMetrics::feed_woke(const ReconcilerSettings& settings, const std::string& target,
                              const std::string& with_what) {
  const MetricLabels labels = with(labels_of(settings), "target", target);
  metrics_
      .counter("sideband_feed_wakes_total", "Wakes by feeds, with keys or for a whole scan.",
               with(labels, "with", with_what))
      .add(1);
}

void EngineMetrics::feed_lags(const ReconcilerSettings& settings, const std::string& target,
                              std::int64_t bytes) {
  metrics_
      .gauge("sideband_feed_lag_bytes", "How much of its log a target keeps for a feed.",
             with(labels_of(settings), "target", target))
      .set(static_cast<double>(bytes));
}

void EngineMetrics::config_loaded(bool well) {
  metrics_.gauge("sideband_config_last_reload_success", "1 when the last load was valid.", {})
      .set(well ? 1 : 0);
}

void EngineMetrics::repairs_wait(std::int64_t count) {
  metrics_
      .gauge("sideband_repairs_waiting",
             "Repairs that wait for an approval, a worker or a back-off.", {})
      .set(static_cast<double>(count));
}

void EngineMetrics::queue_started(const std::string& owner, std::int64_t count) {
  metrics_
      .counter("sideband_queue_started_total",
               "Repairs that waited in the queue and began, by owner.", {{"owner", owner}})
      .add(static_cast<double>(count));
}

void EngineMetrics::leads(bool we_do) {
  metrics_
      .gauge("sideband_leads", "1 on the node that tidies up and signs checkpoints, 0 on others.",
             {})
      .set(we_do ? 1 : 0);
}

void EngineMetrics::unsigned_for(Duration age) {
  metrics_
      .gauge("sideband_audit_unsigned_seconds",
             "For how long a record of the audit log has waited for its signature.", {})
      .set(std::chrono::duration<double>(age).count());
}

void EngineMetrics::clock_gap(Duration ahead) {
  metrics_
      .gauge(
          "sideband_clock_gap_seconds",
          "How far the machine's clock, or that of a PostgreSQL store, is ahead of the daemon's; "
          "negative: behind it.",
          {})
      .set(static_cast<double>(ahead.count()) / 1e6);
}

void EngineMetrics::engine_beat() {
  metrics_.counter("sideband_engine_beats_total", "Rounds through all of the engine's loops.", {})
      .add(1);
}

}  // namespace sideband
