// What opening a store needs, whatever database it is in.
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "store/writer.h"

namespace sideband {

// What both stores need. `clock` and `metrics` must outlive the store.
struct StoreOptions {
  const Clock& clock;
  Metrics& metrics;
  WriterOptions writer = {};
  int readers = 4;  // connections for Store::read
};

}  // namespace sideband
