// The gateway: routes of the API, who may call them, and the translation between HTTP and engine.
// It decides nothing.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bounded_queue.h"
#include "base/metrics.h"
#include "base/thread.h"
#include "engine/runtime/engine.h"
#include "gateway/http_server.h"
#include "gateway/identities.h"
#include "gateway/permission.h"
#include "policy/status.h"

namespace sideband {

// A request of a route that is open to everybody: nobody knows who asks.
struct OpenCall {
  HttpRequest request;
  HttpRespond respond;
};

// A request that has passed the front door, with who asks, as it was found out for its head, and
// what its route matched.
struct Call {
  Principal caller;
  HttpRequest request;
  std::vector<std::string> arguments;  // of the path's {placeholders}
  RequestKey key;                      // its Idempotency-Key
  HttpRespond respond;

  [[nodiscard]] const std::string& by() const { return caller.name(); }
};

struct NamedStatus {
  std::string reconciler;
  ReconcilerStatus status;
};

// What the routes need besides the engine.
struct GatewayParts {
  Engine& engine;
  Store& store;
  Metrics& metrics;
  const Clock& clock;
  Identities& identities;
  std::function<Result<void>()> alive;  // why the process should be started again; ok = it works
  std::function<Result<void>()> ready;  // why we are not; ok = ready
  // Writes an export of the audit log to a folder; a proof of one leaf as text.
  std::function<Result<std::string>(const std::string& folder)> audit_export;
  std::function<Result<std::string>(std::int64_t index)> audit_proof;
  // Copies the store into a new file for somebody.
  std::function<Result<std::string>(const std::string& file, const Principal& by)> backup;
};

class Gateway final : public HttpHandler {
 public:
  explicit Gateway(GatewayParts parts);
  ~Gateway() override;

  // The server answers `?wait=` by its timer; set before the first request.
  void use_timer(HttpServer& server) { server_ = &server; }

  // A token that is deleted while a body is on its way: the request is served for who sent its
  // head. It was allowed when it began, and its end is no later than HttpOptions::idle after that;
  // to look again would be a second answer to who asks.
  HttpAdmission admit(const HttpRequest& head) override;

  // What the routes are, for tests and for whoever wants to know what a permission opens.
  struct RouteInfo {
    std::string method;
    std::string path;                 // with {placeholders}
    std::optional<Permission> needs;  // nothing: open to everybody
  };
  static std::vector<RouteInfo> route_table();

 private:
  using Action = void (Gateway::*)(Call);
  using OpenAction = void (Gateway::*)(OpenCall);
  enum class Work : std::uint8_t { kQuick, kBlocking };
  struct Guarded {
    Permission needs;
    Action action;
  };
  struct Route {
    std::string method;
    std::string path;
    std::vector<std::string> parts;
    Work work;
    std::variant<OpenAction, Guarded> what;
  };
  struct Match {
    const Route* route = nullptr;
    std::vector<std::string> arguments;
    bool path_known = false;
  };

  static std::vector<Route> routes();
  [[nodiscard]] Match match(const HttpRequest& request) const;
  [[nodiscard]] HttpTake take_open(const Route& route);
  [[nodiscard]] HttpTake take_guarded(const Match& match, const Principal& caller);
  // On this thread, or on one that may block.
  void start(Work work, std::function<void()> act, const HttpRespond& respond);
  void work_loop();

  // Health (routes_health.cpp).
  void healthz(OpenCall call);
  void readyz(OpenCall call);
  void metrics(OpenCall call);
  // The status of every reconciler, as of now.
  Result<std::vector<NamedStatus>> statuses();
  void me(Call call);

  // Reading (routes_read.cpp).
  void list_reconcilers(Call call);
  void get_reconciler(Call call);
  void list_drifts(Call call);
  void list_decisions(Call call);
  void get_plan(Call call);
  void plan_changes(Call call);
  void list_repairs(Call call);
  void get_repair(Call call);
  void repair_outcomes(Call call);
  void audit_head(Call call);
  void audit_export(Call call);
  void audit_proof(Call call);
  void db_backup(Call call);

  // Doing (routes_act.cpp).
  void scan(Call call);
  void create_repair(Call call);
  void approve(Call call);
  void reject(Call call);
  void cancel(Call call);
  void undo(Call call);
  void retry(Call call);
  void settle(Call call);
  void list_locks(Call call);
  void release_locks(Call call);
  void pause(Call call);
  void resume(Call call);
  void accept_source(Call call, const std::string& reconciler, const std::string& reason);

  // Playbooks (routes_playbook.cpp).
  void list_playbooks(Call call);
  void get_playbook(Call call);
  void run_playbook(Call call);
  void confirm(Call call);
  void repair_steps(Call call);

  void answer_repair(Call call, const Repair& repair, int status);
  // Of routes that start a job. True: this request started one when it came before, and that is the
  // answer.
  bool answer_again(Call& call);
  // Whether this can be paused and resumed; everything can.
  Result<void> check_switch(const std::string& scope);
  void answer_started(Call call, const Result<Repair>& started);

  GatewayParts parts_;
  const std::vector<Route> routes_;
  HttpServer* server_ = nullptr;
  BoundedQueue<std::function<void()>> jobs_{1000};
  std::vector<Thread> threads_;
};

}  // namespace sideband
