// Metrics of playbooks; see engine_metrics.h.
#include "engine/runtime/engine_metrics.h"

namespace sideband {
namespace {

MetricLabels labels_of(const PlaybookSettings& playbook) {
  return {{"playbook", playbook.name},
          {"owner", playbook.labels.owner},
          {"environment", playbook.labels.environment},
          {"criticality", playbook.labels.criticality},
          {"repair_type", playbook.labels.repair_type}};
}

Counter& runs(Metrics& metrics, const PlaybookSettings& playbook, RepairState state) {
  MetricLabels labels = labels_of(playbook);
  labels["outcome"] = std::string(repair_state_name(state));
  return metrics.counter("sideband_playbook_runs_total", "Runs ended, by final state.", labels);
}

}  // namespace

void EngineMetrics::add_playbook(const PlaybookSettings& playbook) {
  for (const RepairState state :
       {RepairState::kConverged, RepairState::kCompensated, RepairState::kNeedsHuman}) {
    runs(metrics_, playbook, state);
  }
}

void EngineMetrics::playbook_step_ended(const PlaybookSettings& playbook,
                                        const ChangeOutcome& outcome, bool undo) {
  MetricLabels labels = labels_of(playbook);
  labels["outcome"] = std::string(outcome_name(outcome.outcome));
  labels["way"] = undo ? "back" : "forward";
  metrics_
      .counter("sideband_playbook_steps_total", "Steps ended, by outcome and direction.", labels)
      .add(1);
}

void EngineMetrics::playbook_lapsed(const PlaybookSettings& playbook) {
  metrics_
      .counter("sideband_leases_lapsed_total",
               "Leases too short to act on, given up without acting.", labels_of(playbook))
      .add(1);
}

void EngineMetrics::playbook_ended(const PlaybookSettings& playbook, const Repair& repair) {
  runs(metrics_, playbook, repair.state).add(1);
}

}  // namespace sideband
