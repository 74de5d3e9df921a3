#include "engine/measures.h"

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

double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace

void Measures::add_reconciler(const ReconcilerSettings& settings) {
  const MetricLabels labels = labels_of(settings);
  for (const char* result : {"ok", "failed"}) {
    metrics_.counter("sideband_scans_total", "Scans ended, by result.",
                     with(labels, "result", result));
  }
  for (const RepairState state : {RepairState::kConverged, RepairState::kNeedsHuman}) {
    metrics_.counter("sideband_repairs_total", "Repairs ended, by final state.",
                     with(labels, "outcome", repair_state_name(state)));
  }
}

void Measures::scan_ended(const ReconcilerSettings& settings, bool well, Duration took,
                          std::int64_t drift, std::int64_t extras, std::int64_t unknown) {
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
  metrics_.gauge("sideband_extras", "Items that nobody desires, reported only.", labels)
      .set(static_cast<double>(extras));
  metrics_.gauge("sideband_unknown_items", "Keys whose state could not be told.", labels)
      .set(static_cast<double>(unknown));
}

void Measures::decided(const ReconcilerSettings& settings, Verdict verdict,
                       const std::vector<Reason>& reasons) {
  const MetricLabels labels = labels_of(settings);
  metrics_
      .counter("sideband_decisions_total", "Decisions, by verdict.",
               with(labels, "verdict", verdict_name(verdict)))
      .add(1);
  for (const Reason& reason : reasons) {
    if (reason.passes == Truth::kTrue) continue;
    metrics_
        .counter("sideband_gate_refusals_total", "Plans held back, by gate.",
                 with(labels, "gate", reason.gate))
        .add(1);
  }
}

void Measures::step_ended(const ReconcilerSettings& settings,
                          const std::vector<ChangeOutcome>& outcomes) {
  const MetricLabels labels = labels_of(settings);
  std::int64_t counts[5] = {};
  for (const ChangeOutcome& outcome : outcomes) ++counts[static_cast<int>(outcome.outcome)];
  for (int i = 0; i < 5; ++i) {
    if (counts[i] == 0) continue;
    metrics_
        .counter("sideband_changes_total", "Changes tried, by outcome.",
                 with(labels, "outcome", outcome_name(static_cast<Outcome>(i))))
        .add(static_cast<double>(counts[i]));
  }
}

void Measures::repair_ended(const ReconcilerSettings& settings, const Repair& repair) {
  const MetricLabels labels = labels_of(settings);
  metrics_
      .counter("sideband_repairs_total", "Repairs ended, by final state.",
               with(labels, "outcome", repair_state_name(repair.state)))
      .add(1);
  metrics_
      .histogram("sideband_repair_seconds", "From the repair's creation to its end.", labels,
                 seconds_buckets())
      .observe(seconds(repair.ended_at - repair.created_at));
  if (repair.state != RepairState::kConverged) return;
  metrics_
      .histogram("sideband_time_to_converge_seconds",
                 "From the first observation of the drift to validated convergence.", labels,
                 seconds_buckets())
      .observe(seconds(repair.ended_at - repair.first_seen));
  metrics_
      .histogram("sideband_gate_wait_seconds",
                 "Part of the time to converge that was spent waiting in gates.", labels,
                 seconds_buckets())
      .observe(seconds(Duration(repair.gate_wait_us)));
}

void Measures::config_loaded(bool well) {
  metrics_.gauge("sideband_config_last_reload_success", "1 when the last load was valid.", {})
      .set(well ? 1 : 0);
}

}  // namespace sideband
