#include "settings/breakers.h"

#include <fmt/format.h>

#include <functional>

#include "base/units.h"
#include "policy/breaker.h"
#include "settings/envelope.h"

namespace sideband::policy {
namespace {

using Report = std::function<void(const std::string& key, std::string text)>;

void check_breaker(BreakerSettings& breaker, const Report& error) {
  if (!breaker.is_set()) {
    if (breaker.of > 0) error("of", "nothing counts them: write failures, too");
    return;
  }
  if (breaker.of == 0) breaker.of = breaker.failures;
  if (breaker.of > kMaxEnds) error("of", fmt::format("is more than {}", kMaxEnds));
  if (breaker.failures > breaker.of) {
    error("failures", fmt::format("{} of {} can never fail", breaker.failures, breaker.of));
  }
  if (breaker.open > kLongestOpen) {
    error("open", fmt::format("is longer than {}", format_duration(kLongestOpen)));
  }
}

}  // namespace

config::TableOf<BreakerSettings> breaker_rows() {
  using B = BreakerSettings;
  return config::TableOf<B>()
      .count(
          "failures", &B::failures,
          "So many repairs that failed stop the reconciler: ended as needs_human or compensated.")
      .fallback("none")
      .at_least(1)
      .count("of", &B::of, "Of the last so many; the others converged.")
      .fallback("failures")
      .at_least(1)
      .duration("open", &B::open,
                "How long nothing begins before one repair may try; twice as long each time that "
                "it fails, up to 24h.")
      .at_least(1000 * kMillisecond)
      .count("probe", &B::probe,
             "How many changes of the repair that tries are made and validated before its others.")
      .at_least(1);
}

void check_breakers(const CheckContext& context) {
  for (auto& [name, reconciler] : context.settings.reconcilers) {
    check_breaker(reconciler.gates.breaker,
                  [&, &one = reconciler](const std::string& key, std::string text) {
                    context.error(one, "spec.gates.circuitBreaker." + key, std::move(text));
                  });
  }
  if (!context.settings.guardrails || context.guardrails_node == nullptr) return;
  check_breaker(context.settings.guardrails->breaker, [&](const std::string& key,
                                                          std::string text) {
    const std::string path = "spec.circuitBreaker." + key;
    context.messages.error(config::span_at(*context.guardrails_node, path), path, std::move(text));
  });
}

}  // namespace sideband::policy
