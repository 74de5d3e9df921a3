// What the gateway turned away or dropped.
#pragma once

#include "base/metrics.h"

namespace sideband {

// Thread-safe. The series are there from the start.
class GatewayMetrics {
 public:
  explicit GatewayMetrics(Metrics& metrics);

  // A connection was closed at once, because its listener has as many as it may.
  void turned_away(bool local);
  // A request was not carried out: its caller had hung up, or too many waited.
  void abandoned() { abandoned_.add(1); }
  void crowded_out() { crowded_out_.add(1); }

 private:
  Counter& socket_;
  Counter& port_;
  Counter& abandoned_;
  Counter& crowded_out_;
};

}  // namespace sideband
