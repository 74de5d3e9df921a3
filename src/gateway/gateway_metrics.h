// What the gateway turned away or dropped.
#pragma once

#include <array>

#include "base/metrics.h"
#include "gateway/http_server.h"

namespace sideband {

// Thread-safe. The series are there from the start.
class GatewayMetrics {
 public:
  explicit GatewayMetrics(Metrics& metrics);

  // A connection was closed at once, because its listener has as many as it may.
  void turned_away(Listener listener) { at(turned_away_, listener).add(1); }
  // A request without a token that is known.
  void unauthorized(Listener listener) { at(unauthorized_, listener).add(1); }
  void handshake_ended(bool well) { (well ? well_shaken_ : badly_shaken_).add(1); }
  // A request was not carried out: its caller had hung up, or too many waited.
  void abandoned() { abandoned_.add(1); }
  void crowded_out() { crowded_out_.add(1); }

 private:
  using ByListener = std::array<Counter*, 3>;
  static Counter& at(const ByListener& counters, Listener listener) {
    return *counters.at(static_cast<std::size_t>(listener));
  }

  ByListener turned_away_;
  ByListener unauthorized_;
  Counter& well_shaken_;
  Counter& badly_shaken_;
  Counter& abandoned_;
  Counter& crowded_out_;
};

}  // namespace sideband
