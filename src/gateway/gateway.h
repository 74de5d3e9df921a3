// The gateway: routes of the API, who may call them, and the translation between HTTP and engine.
// It decides nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/metrics.h"
#include "base/thread.h"
#include "engine/runtime/engine.h"
#include "gateway/http_server.h"
#include "gateway/identities.h"

namespace sideband {

// A request that has passed the front door, with what its route matched.
struct Call {
  HttpRequest request;
  std::string by;                      // identity
  std::vector<std::string> arguments;  // of the path's {placeholders}
  RequestKey key;                      // its Idempotency-Key
  HttpRespond respond;
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
  // Copies the store into a new file for this identity.
  std::function<Result<std::string>(const std::string& file, const std::string& by)> backup;
};

class Gateway final : public HttpHandler {
 public:
  explicit Gateway(GatewayParts parts);
  ~Gateway() override;

  // The server answers `?wait=` by its timer; set before the first request.
  void use_timer(HttpServer& server) { server_ = &server; }

  HttpResponse admit(const HttpRequest& head) override;
  void handle(HttpRequest request, HttpRespond respond) override;

 private:
  using Action = void (Gateway::*)(Call);
  enum class Front : std::uint8_t { kOpen, kIdentity };
  enum class Work : std::uint8_t { kQuick, kBlocking };
  struct Route {
    std::string method;
    std::vector<std::string> path;
    Front front;
    Work work;
    Action action;
  };
  struct Match {
    const Route* route = nullptr;
    std::vector<std::string> arguments;
    bool path_known = false;
  };

  static std::vector<Route> routes();
  [[nodiscard]] Match match(const HttpRequest& request) const;
  void work_loop();

  // Health (routes_health.cpp).
  void healthz(Call call);
  void readyz(Call call);
  void metrics(Call call);
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
  void list_locks(Call call);
  void release_locks(Call call);
  void pause(Call call);
  void resume(Call call);

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
  void answer_started(Call call, const Result<Repair>& started);

  GatewayParts parts_;
  const std::vector<Route> routes_;
  HttpServer* server_ = nullptr;
  struct Job {
    Action action;
    Call call;
  };
  BoundedQueue<Job> jobs_{1000};
  std::vector<Thread> threads_;
};

}  // namespace sideband
