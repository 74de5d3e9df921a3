#include "gateway/gateway_metrics.h"

namespace sideband {
namespace {

using MakeCounter = Counter& (*)(Metrics& metrics, const std::string& listener);

std::array<Counter*, 3> by_listener(Metrics& metrics, MakeCounter make) {
  std::array<Counter*, 3> out{};
  for (const Listener listener : {Listener::kSocket, Listener::kPort, Listener::kTls}) {
    out.at(static_cast<std::size_t>(listener)) =
        &make(metrics, std::string(listener_name(listener)));
  }
  return out;
}

Counter& turned_away_at(Metrics& metrics, const std::string& listener) {
  return metrics.counter(
      "sideband_connections_refused_total",
      "Connections closed at once: the listener, or one address, had as many as it may.",
      {{"listener", listener}});
}

Counter& unauthorized_at(Metrics& metrics, const std::string& listener) {
  return metrics.counter("sideband_requests_unauthorized_total",
                         "Requests for the API without a token that is known.",
                         {{"listener", listener}});
}

Counter& handshakes(Metrics& metrics, const char* result) {
  return metrics.counter("sideband_tls_handshakes_total", "TLS handshakes that ended.",
                         {{"result", result}});
}

Counter& dropped(Metrics& metrics, const char* why) {
  return metrics.counter("sideband_requests_dropped_total",
                         "Requests that were not carried out, by the reason.", {{"why", why}});
}

}  // namespace

GatewayMetrics::GatewayMetrics(Metrics& metrics)
    : turned_away_(by_listener(metrics, &turned_away_at)),
      unauthorized_(by_listener(metrics, &unauthorized_at)),
      well_shaken_(handshakes(metrics, "ok")),
      badly_shaken_(handshakes(metrics, "failed")),
      abandoned_(dropped(metrics, "caller_gone")),
      crowded_out_(dropped(metrics, "too_many")) {}

}  // namespace sideband
