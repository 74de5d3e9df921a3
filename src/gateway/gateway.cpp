#include "gateway/gateway.h"

#include "gateway/problem.h"

namespace sideband {
namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 1;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

HttpResponse unauthorized() {
  HttpResponse response = problem(Error::permission(
      "no valid token; make one with \"sideband token add NAME\" and pass --token-file"));
  response.status = 401;
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

Gateway::Gateway(GatewayParts parts) : parts_(std::move(parts)), routes_(routes()) {
  for (const char* name : {"gateway-1", "gateway-2"}) {
    threads_.emplace_back(name, [this] { work_loop(); });
  }
}

Gateway::~Gateway() {
  jobs_.close();
  for (Thread& thread : threads_) thread.join();
}

std::vector<Gateway::Route> Gateway::routes() {
  std::vector<Route> out;
  const auto add = [&](const char* method, const char* path, Front front, Work work,
                       Action action) {
    out.push_back({method, split(path), front, work, action});
  };
  using G = Gateway;
  add("GET", "/healthz", Front::kOpen, Work::kQuick, &G::healthz);
  add("GET", "/readyz", Front::kOpen, Work::kBlocking, &G::readyz);
  add("GET", "/metrics", Front::kOpen, Work::kBlocking, &G::metrics);
  add("GET", "/api/v1/me", Front::kIdentity, Work::kQuick, &G::me);
  const auto api = [&](const char* method, const char* path, Action action) {
    add(method, path, Front::kIdentity, Work::kBlocking, action);
  };
  api("GET", "/api/v1/reconcilers", &G::list_reconcilers);
  api("GET", "/api/v1/reconcilers/{name}", &G::get_reconciler);
  api("GET", "/api/v1/reconcilers/{name}/drifts", &G::list_drifts);
  add("POST", "/api/v1/reconcilers/{name}/scan", Front::kIdentity, Work::kQuick, &G::scan);
  api("GET", "/api/v1/decisions", &G::list_decisions);
  api("GET", "/api/v1/plans/{id}", &G::get_plan);
  api("GET", "/api/v1/plans/{id}/changes", &G::plan_changes);
  api("GET", "/api/v1/repairs", &G::list_repairs);
  add("POST", "/api/v1/repairs", Front::kIdentity, Work::kQuick, &G::create_repair);
  api("GET", "/api/v1/repairs/{id}", &G::get_repair);
  api("POST", "/api/v1/repairs/{id}/approve", &G::approve);
  api("POST", "/api/v1/repairs/{id}/reject", &G::reject);
  api("POST", "/api/v1/repairs/{id}/cancel", &G::cancel);
  api("POST", "/api/v1/repairs/{id}/undo", &G::undo);
  api("POST", "/api/v1/repairs/{id}/retry", &G::retry);
  api("GET", "/api/v1/locks", &G::list_locks);
  api("POST", "/api/v1/locks/{id}/release", &G::release_locks);
  api("POST", "/api/v1/repairs/{id}/confirm", &G::confirm);
  api("GET", "/api/v1/repairs/{id}/steps", &G::repair_steps);
  api("GET", "/api/v1/playbooks", &G::list_playbooks);
  api("GET", "/api/v1/playbooks/{name}", &G::get_playbook);
  api("POST", "/api/v1/playbooks/{name}/runs", &G::run_playbook);
  api("POST", "/api/v1/pause", &G::pause);
  api("POST", "/api/v1/resume", &G::resume);
  api("GET", "/api/v1/audit/head", &G::audit_head);
  api("POST", "/api/v1/audit/export", &G::audit_export);
  api("POST", "/api/v1/db/backup", &G::db_backup);
  api("GET", "/api/v1/audit/proof/{index}", &G::audit_proof);
  return out;
}

Gateway::Match Gateway::match(const HttpRequest& request) const {
  const std::vector<std::string> path = split(request.path);
  Match match;
  for (const Route& route : routes_) {
    if (route.path.size() != path.size()) continue;
    std::vector<std::string> arguments;
    bool same = true;
    for (std::size_t i = 0; i < path.size() && same; ++i) {
      const bool placeholder = route.path[i].front() == '{';
      if (placeholder) arguments.push_back(path[i]);
      same = placeholder ? !path[i].empty() : route.path[i] == path[i];
    }
    if (!same) continue;
    match.path_known = true;
    if (route.method != request.method) continue;
    match.route = &route;
    match.arguments = std::move(arguments);
    return match;
  }
  return match;
}

HttpResponse Gateway::admit(const HttpRequest& head) {
  HttpResponse go;
  go.status = 0;
  const Match found = match(head);
  const bool open = found.route != nullptr && found.route->front == Front::kOpen;
  if (open) return go;
  // The API is for this machine's user only: off the unix socket there is nothing but health.
  const bool known = head.local && parts_.identities.identify(head.authorization).has_value();
  if (!known) return unauthorized();
  if (found.route != nullptr) return go;
  if (!found.path_known) return problem(Error::not_found("there is no " + head.path));
  HttpResponse response = problem(Error::invalid(head.method + " is not possible on " + head.path));
  response.status = 405;
  return response;
}

void Gateway::handle(HttpRequest request, HttpRespond respond) {
  const Match found = match(request);
  Call call;
  call.arguments = found.arguments;
  call.by = parts_.identities.identify(request.authorization).value_or("");
  auto key = make_request_key(request.idempotency_key, call.by,
                              request.method + ' ' + request.path + '\n' + request.body);
  if (!key.ok()) return respond(problem(key.error()));
  call.key = std::move(*key);
  call.request = std::move(request);
  call.respond = std::move(respond);
  // With a key the store is asked first, which blocks.
  const bool quick = found.route->work == Work::kQuick && call.key.id.empty();
  if (quick) return (this->*found.route->action)(std::move(call));
  Job job{found.route->action, std::move(call)};
  if (!jobs_.try_push(job)) {
    job.call.respond(problem(Error::unavailable("too many requests are waiting; try again")));
  }
}

void Gateway::work_loop() {
  while (auto job = jobs_.pop()) (this->*job->action)(std::move(job->call));
}

}  // namespace sideband
