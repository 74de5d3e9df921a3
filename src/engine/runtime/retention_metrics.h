// Metrics of what the store holds and of what retention erases.
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "model/retention.h"

namespace sideband {

// Thread-safe. `metrics` must outlive it.
class RetentionMetrics {
 public:
  explicit RetentionMetrics(Metrics& metrics) : metrics_(metrics) {}

  // Makes the series of all classes at zero.
  void add_series();
  // Rows of a class were erased.
  void pruned(StoredClass which, std::int64_t rows);
  // What the store holds of a class.
  void stored(StoredClass which, const StoreUse& use);
  // By how much the clock of retention is behind the wall clock.
  void clock_behind(Duration behind);

 private:
  Metrics& metrics_;
};

}  // namespace sideband
