#include "engine/runtime/retention_metrics.h"

namespace sideband {
namespace {

Counter& pruned_rows(Metrics& metrics, StoredClass which) {
  return metrics.counter("sideband_retention_pruned_total", "Rows erased by retention, by class.",
                         {{"class", std::string(stored_class_name(which))}});
}

}  // namespace

void RetentionMetrics::add_series() {
  for (std::size_t i = 0; i < kStoredClasses; ++i) {
    const auto which = static_cast<StoredClass>(i);
    if (which != StoredClass::kLeaves) pruned_rows(metrics_, which);
  }
}

void RetentionMetrics::pruned(StoredClass which, std::int64_t rows) {
  if (rows > 0) pruned_rows(metrics_, which).add(static_cast<double>(rows));
}

void RetentionMetrics::stored(StoredClass which, const StoreUse& use) {
  const MetricLabels labels = {{"class", std::string(stored_class_name(which))}};
  metrics_.gauge("sideband_store_rows", "Rows in the store, by class.", labels)
      .set(static_cast<double>(use.rows));
  metrics_.gauge("sideband_store_bytes", "Bytes of content in the store, by class.", labels)
      .set(static_cast<double>(use.bytes));
  if (which == StoredClass::kLeaves) return;
  metrics_
      .gauge("sideband_store_oldest_timestamp_seconds",
             "When the oldest row of a class was made; 0 = there is none.", labels)
      .set(static_cast<double>(to_us(use.oldest.value_or(WallTime()))) / 1e6);
}

void RetentionMetrics::clock_behind(Duration behind) {
  metrics_
      .gauge("sideband_retention_behind_seconds",
             "By how much the clock of retention is behind the wall clock.", {})
      .set(static_cast<double>(behind.count()) / 1e6);
}

}  // namespace sideband
