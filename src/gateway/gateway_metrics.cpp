#include "gateway/gateway_metrics.h"

namespace sideband {
namespace {

Counter& turned_away_at(Metrics& metrics, const char* listener) {
  return metrics.counter("sideband_connections_refused_total",
                         "Connections closed at once: the listener had as many as it may.",
                         {{"listener", listener}});
}

Counter& dropped(Metrics& metrics, const char* why) {
  return metrics.counter("sideband_requests_dropped_total",
                         "Requests that were not carried out, by the reason.", {{"why", why}});
}

}  // namespace

GatewayMetrics::GatewayMetrics(Metrics& metrics)
    : socket_(turned_away_at(metrics, "socket")),
      port_(turned_away_at(metrics, "port")),
      abandoned_(dropped(metrics, "caller_gone")),
      crowded_out_(dropped(metrics, "too_many")) {}

void GatewayMetrics::turned_away(bool local) {
  (local ? socket_ : port_).add(1);
}

}  // namespace sideband
