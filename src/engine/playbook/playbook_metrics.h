// Metrics of playbooks and their runs.
#pragma once

#include "base/metrics.h"
#include "model/playbook.h"
#include "model/repair.h"

namespace sideband {

// Thread-safe. `metrics` must outlive it.
class PlaybookMetrics {
 public:
  explicit PlaybookMetrics(Metrics& metrics) : metrics_(metrics) {}

  // Makes the series of a playbook at zero.
  void add(const PlaybookSettings& playbook);
  // `undo`: the step was taken back.
  void step_ended(const PlaybookSettings& playbook, const ChangeOutcome& outcome, bool undo);
  // A lease was too short to go on: given up without acting.
  void lease_lapsed(const PlaybookSettings& playbook);
  void run_ended(const PlaybookSettings& playbook, const Repair& repair);

 private:
  Metrics& metrics_;
};

}  // namespace sideband
