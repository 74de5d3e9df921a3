// The gateway: routes of the API, who may call them, and the translation between HTTP and engine.
// It decides nothing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/gateway_metrics.h"
#include "gateway/permission.h"
#include "gateway/repair_answers.h"
#include "gateway/request_lane.h"
#include "gateway/routes_act.h"
#include "gateway/routes_health.h"
#include "gateway/routes_playbook.h"
#include "gateway/routes_read.h"
#include "gateway/routes_silence.h"

namespace sideband {

class Gateway final : public HttpHandler {
 public:
  explicit Gateway(GatewayParts parts);
  ~Gateway() override;

  // The server answers `?wait=` by its timer; set before the first request.
  void use_timer(HttpServer& server) { answers_.use_timer(server); }

  // A token that is deleted while a body is on its way: the request is served for who sent its
  // head. It was allowed when it began, and its end is no later than HttpOptions::idle after that;
  // to look again would be a second answer to who asks.
  HttpAdmission admit(const HttpRequest& head) override;
  void turned_away(Listener listener) override { metrics_.turned_away(listener); }
  void handshake_ended(bool well) override { metrics_.handshake_ended(well); }

  // What the routes are, for tests and for whoever wants to know what a permission opens.
  struct RouteInfo {
    std::string method;
    std::string path;                 // with {placeholders}
    std::optional<Permission> needs;  // nothing: open to everybody
  };
  static std::vector<RouteInfo> route_table();

 private:
  // On the server's thread; on a lane that may block; on the lane for what has to get through
  // whatever else is asked: stop, pause, cancel, readiness.
  enum class Work : std::uint8_t { kQuick, kBlocking, kUrgent };
  using OpenAction = std::function<void(Gateway&, OpenCall)>;
  struct Guarded {
    Permission needs;
    std::function<void(Gateway&, Call)> action;
  };
  struct Route {
    std::string method;
    std::string path;
    std::vector<std::string> parts;
    Work work;
    const RouteDoc* doc;
    std::variant<OpenAction, Guarded> what;
  };
  struct Match {
    const Route* route = nullptr;
    std::vector<std::string> arguments;
    bool path_known = false;
  };

  static std::vector<Route> routes();
  [[nodiscard]] Match match(const HttpRequest& request) const;
  [[nodiscard]] Result<std::optional<Principal>> who_is(const HttpRequest& head) const;
  static bool is_open_at(const Route& route, Listener listener);
  [[nodiscard]] HttpTake take_open(const Route& route);
  [[nodiscard]] HttpTake take_guarded(const Match& match, const Principal& caller);
  // `request`: by the time its turn comes its caller may be gone; then it is not carried out,
  // unless it has a key by which the caller may ask what became of it.
  void start(Work work, std::function<void()> act, const HttpRequest& request,
             const HttpRespond& respond);

  GatewayParts parts_;
  GatewayMetrics metrics_;
  RepairAnswers answers_;
  HealthRoutes health_;
  ReadRoutes read_;
  ActRoutes act_;
  PlaybookRoutes playbooks_;
  SilenceRoutes silences_;
  const std::vector<Route> routes_;
  RequestLane blocking_{"gateway", 2};
  RequestLane urgent_{"gateway-urgent", 1};
};

}  // namespace sideband
