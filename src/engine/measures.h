// The engine's metrics: one place for their names, so that the catalogue in docs/metrics.md is
// true.
#pragma once

#include "base/metrics.h"
#include "model/repair.h"
#include "model/settings.h"

namespace sideband {

// Thread-safe. Series of a reconciler are made at zero by add_reconciler.
class Measures {
 public:
  explicit Measures(Metrics& metrics) : metrics_(metrics) {}

  void add_reconciler(const ReconcilerSettings& settings);
  void scan_ended(const ReconcilerSettings& settings, bool well, Duration took, std::int64_t drift,
                  std::int64_t extras, std::int64_t unknown);
  void decided(const ReconcilerSettings& settings, Verdict verdict,
               const std::vector<Reason>& reasons);
  void step_ended(const ReconcilerSettings& settings, const std::vector<ChangeOutcome>& outcomes);
  void repair_ended(const ReconcilerSettings& settings, const Repair& repair);
  void config_loaded(bool well);

 private:
  Metrics& metrics_;
};

}  // namespace sideband
