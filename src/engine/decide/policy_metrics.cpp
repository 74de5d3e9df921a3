#include "engine/decide/policy_metrics.h"

#include <vector>

namespace sideband {

void PolicyMetrics::answered(const ReconcilerSettings& reconciler, const PolicySettings& policy,
                             const Result<PolicyVerdict>& verdict, Duration took) {
  static const std::vector<double> kBounds = {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10};
  const char* const answer = !verdict.ok() ? "unknown" : verdict->allow ? "allow" : "deny";
  metrics_
      .counter("sideband_policy_answers_total", "What policies answered: allow, deny or unknown.",
               {{"reconciler", reconciler.name},
                {"target", policy.target},
                {"path", policy.path},
                {"answer", answer}})
      .add(1);
  metrics_
      .histogram("sideband_policy_seconds", "How long the answer of a policy took, also of none.",
                 {{"target", policy.target}}, kBounds)
      .observe(static_cast<double>(took.count()) / 1e6);
}

}  // namespace sideband
