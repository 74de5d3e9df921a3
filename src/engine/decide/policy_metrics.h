// Metrics of policies that are asked.
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "model/policy_verdict.h"
#include "model/settings.h"

namespace sideband {

// Thread-safe. `metrics` must outlive it.
class PolicyMetrics {
 public:
  explicit PolicyMetrics(Metrics& metrics) : metrics_(metrics) {}

  void answered(const ReconcilerSettings& reconciler, const PolicySettings& policy,
                const Result<PolicyVerdict>& verdict, Duration took);

 private:
  Metrics& metrics_;
};

}  // namespace sideband
