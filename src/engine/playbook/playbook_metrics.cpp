#include "engine/playbook/playbook_metrics.h"

namespace sideband {
namespace {

MetricLabels playbook_labels(const PlaybookSettings& playbook) {
  return {{"playbook", playbook.name},
          {"owner", playbook.labels.owner},
          {"environment", playbook.labels.environment},
          {"criticality", playbook.labels.criticality},
          {"repair_type", playbook.labels.repair_type}};
}

Counter& runs_ended(Metrics& metrics, const PlaybookSettings& playbook, RepairState state) {
  MetricLabels labels = playbook_labels(playbook);
  labels["outcome"] = std::string(repair_state_name(state));
  return metrics.counter("sideband_playbook_runs_total", "Runs ended, by final state.", labels);
}

}  // namespace

void PlaybookMetrics::add(const PlaybookSettings& playbook) {
  for (const RepairState state :
       {RepairState::kConverged, RepairState::kCompensated, RepairState::kNeedsHuman}) {
    runs_ended(metrics_, playbook, state);
  }
}

void PlaybookMetrics::step_ended(const PlaybookSettings& playbook, const ChangeOutcome& outcome,
                                 bool undo) {
  MetricLabels labels = playbook_labels(playbook);
  labels["outcome"] = std::string(outcome_name(outcome.outcome));
  labels["way"] = undo ? "back" : "forward";
  metrics_
      .counter("sideband_playbook_steps_total", "Steps ended, by outcome and direction.", labels)
      .add(1);
}

void PlaybookMetrics::lease_lapsed(const PlaybookSettings& playbook) {
  metrics_
      .counter("sideband_leases_lapsed_total",
               "Leases too short to act on, given up without acting.", playbook_labels(playbook))
      .add(1);
}

void PlaybookMetrics::run_ended(const PlaybookSettings& playbook, const Repair& repair) {
  runs_ended(metrics_, playbook, repair.state).add(1);
}

}  // namespace sideband
