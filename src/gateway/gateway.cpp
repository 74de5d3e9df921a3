#include "gateway/gateway.h"

#include "gateway/answers.h"
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

Gateway::Gateway(GatewayParts parts)
    : parts_(std::move(parts)),
      metrics_(parts_.metrics),
      answers_(parts_),
      health_(parts_),
      read_(parts_, answers_),
      act_(parts_, answers_),
      playbooks_(parts_, answers_),
      silences_(parts_),
      routes_(routes()) {}

Gateway::~Gateway() = default;

std::vector<Gateway::Route> Gateway::routes() {
  std::vector<Route> out;
  using G = Gateway;
  using P = Permission;
  // `part` is the member that has the routes.
  const auto open = [&](const char* path, Work work, void (HealthRoutes::*action)(OpenCall)) {
    out.push_back({"GET", path, split(path), work, &route_doc("GET", path),
                   [action](Gateway& gateway, OpenCall call) {
                     (gateway.health_.*action)(std::move(call));
                   }});
  };
  const auto api = [&](const char* method, const std::string& path, Permission needs, auto part,
                       auto action, Work work = Work::kBlocking) {
    const std::string whole = "/api/v1" + path;
    const auto act = [part, action](Gateway& gateway, Call call) {
      ((gateway.*part).*action)(std::move(call));
    };
    out.push_back(
        {method, whole, split(whole), work, &route_doc(method, whole), Guarded{needs, act}});
  };
  open("/healthz", Work::kQuick, &HealthRoutes::healthz);
  open("/readyz", Work::kUrgent, &HealthRoutes::readyz);
  open("/metrics", Work::kBlocking, &HealthRoutes::metrics);
  open("/openapi.json", Work::kQuick, &HealthRoutes::openapi);
  api("GET", "/me", P::kRead, &G::health_, &HealthRoutes::me, Work::kQuick);
  api("GET", "/reconcilers", P::kRead, &G::read_, &ReadRoutes::list_reconcilers);
  api("GET", "/reconcilers/{name}", P::kRead, &G::read_, &ReadRoutes::get_reconciler);
  api("GET", "/reconcilers/{name}/drifts", P::kRead, &G::read_, &ReadRoutes::list_drifts);
  api("POST", "/reconcilers/{name}/scan", P::kScan, &G::act_, &ActRoutes::scan, Work::kQuick);
  api("GET", "/decisions", P::kRead, &G::read_, &ReadRoutes::list_decisions);
  api("GET", "/decisions/{id}", P::kRead, &G::read_, &ReadRoutes::get_decision);
  api("GET", "/notices", P::kRead, &G::read_, &ReadRoutes::list_notices);
  api("GET", "/plans/{id}", P::kRead, &G::read_, &ReadRoutes::get_plan);
  api("GET", "/plans/{id}/changes", P::kRead, &G::read_, &ReadRoutes::plan_changes);
  api("GET", "/repairs", P::kRead, &G::read_, &ReadRoutes::list_repairs);
  api("POST", "/repairs", P::kRepair, &G::act_, &ActRoutes::create_repair, Work::kQuick);
  api("GET", "/repairs/{id}", P::kRead, &G::read_, &ReadRoutes::get_repair);
  api("GET", "/repairs/{id}/outcomes", P::kRead, &G::read_, &ReadRoutes::repair_outcomes);
  api("POST", "/repairs/{id}/approve", P::kReview, &G::act_, &ActRoutes::approve);
  api("POST", "/repairs/{id}/reject", P::kReview, &G::act_, &ActRoutes::reject);
  api("POST", "/repairs/{id}/cancel", P::kStop, &G::act_, &ActRoutes::cancel, Work::kUrgent);
  api("POST", "/repairs/{id}/undo", P::kRepair, &G::act_, &ActRoutes::undo);
  api("POST", "/repairs/{id}/retry", P::kRepair, &G::act_, &ActRoutes::retry);
  api("POST", "/repairs/{id}/settle", P::kRepair, &G::act_, &ActRoutes::settle);
  api("GET", "/locks", P::kRead, &G::read_, &ReadRoutes::list_locks);
  api("POST", "/locks/{id}/release", P::kRepair, &G::act_, &ActRoutes::release_locks);
  api("POST", "/repairs/{id}/confirm", P::kPlaybook, &G::playbooks_, &PlaybookRoutes::confirm);
  api("GET", "/repairs/{id}/steps", P::kRead, &G::playbooks_, &PlaybookRoutes::repair_steps);
  api("GET", "/playbooks", P::kRead, &G::playbooks_, &PlaybookRoutes::list_playbooks);
  api("GET", "/playbooks/{name}", P::kRead, &G::playbooks_, &PlaybookRoutes::get_playbook);
  api("POST", "/playbooks/{name}/runs", P::kPlaybook, &G::playbooks_,
      &PlaybookRoutes::run_playbook);
  api("POST", "/pause", P::kStop, &G::act_, &ActRoutes::pause, Work::kUrgent);
  api("POST", "/resume", P::kResume, &G::act_, &ActRoutes::resume);
  api("GET", "/silences", P::kRead, &G::silences_, &SilenceRoutes::list_silences);
  api("POST", "/silences", P::kStop, &G::silences_, &SilenceRoutes::add_silence);
  api("POST", "/silences/{id}/expire", P::kResume, &G::silences_, &SilenceRoutes::expire_silence);
  api("GET", "/signals", P::kRead, &G::read_, &ReadRoutes::list_signals);
  api("GET", "/audit/head", P::kRead, &G::read_, &ReadRoutes::audit_head);
  api("POST", "/audit/export", P::kAudit, &G::read_, &ReadRoutes::audit_export);
  api("POST", "/db/backup", P::kBackup, &G::read_, &ReadRoutes::db_backup);
  api("GET", "/audit/proof/{index}", P::kAudit, &G::read_, &ReadRoutes::audit_proof);
  return out;
}

std::vector<Gateway::RouteInfo> Gateway::route_table() {
  std::vector<RouteInfo> out;
  for (const Route& route : routes()) {
    const auto* const guarded = std::get_if<Guarded>(&route.what);
    out.push_back({route.method, route.path,
                   guarded == nullptr ? std::nullopt : std::optional(guarded->needs)});
  }
  return out;
}

Gateway::Match Gateway::match(const HttpRequest& request) const {
  const std::vector<std::string> path = split(request.path);
  Match match;
  for (const Route& route : routes_) {
    if (route.parts.size() != path.size()) continue;
    std::vector<std::string> arguments;
    bool same = true;
    for (std::size_t i = 0; i < path.size() && same; ++i) {
      const bool placeholder = route.parts[i].front() == '{';
      if (placeholder) arguments.push_back(path[i]);
      same = placeholder ? !path[i].empty() : route.parts[i] == path[i];
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

// By its token, or by its certificate. Two that do not agree are nobody: a stolen token does not
// become its owner over the connection of somebody else.
Result<std::optional<Principal>> Gateway::who_is(const HttpRequest& head) const {
  SB_ASSIGN(const auto by_token, parts_.identities.identify(head.authorization));
  if (head.peer.name.empty()) return by_token;
  // A connection may outlive the certificate that it began with.
  if (head.peer.expires <= parts_.clock.wall()) return std::optional<Principal>();
  if (by_token && by_token->name() != head.peer.name) return std::optional<Principal>();
  if (!by_token && !head.authorization.empty()) return std::optional<Principal>();
  SB_ASSIGN(Principal caller,
            Principal::make(head.peer.name, Principal::Kind::kPerson, "client certificate"));
  return std::optional(std::move(caller));
}

// Metrics name what is repaired here. Whoever opened a port for them wanted that; whoever opened
// the API to a network did not.
bool Gateway::is_open_at(const Route& route, Listener listener) {
  return listener != Listener::kTls || route.path != "/metrics";
}

HttpAdmission Gateway::admit(const HttpRequest& head) {
  const Match found = match(head);
  const auto* const guarded =
      found.route == nullptr ? nullptr : std::get_if<Guarded>(&found.route->what);
  if (found.route != nullptr && guarded == nullptr && is_open_at(*found.route, head.listener)) {
    return HttpAdmission::admit(take_open(*found.route));
  }
  // Without TLS whoever is between would hear the token: at the port there is nothing but what is
  // open to everybody.
  if (head.listener == Listener::kPort) return HttpAdmission::refuse(unauthorized());
  const auto caller = who_is(head);
  if (!caller.ok()) return HttpAdmission::refuse(problem(caller.error()));
  if (!*caller) {
    metrics_.unauthorized(head.listener);
    return HttpAdmission::refuse(unauthorized());
  }
  if (found.route != nullptr && guarded == nullptr) {
    return HttpAdmission::admit(take_open(*found.route));
  }
  if (!found.path_known) {
    return HttpAdmission::refuse(problem(Error::not_found("there is no " + head.path)));
  }
  if (guarded == nullptr) {
    HttpResponse wrong = problem(Error::invalid(head.method + " is not possible on " + head.path));
    wrong.status = 405;
    return HttpAdmission::refuse(std::move(wrong));
  }
  if (!allowed(**caller, guarded->needs)) {
    return HttpAdmission::refuse(
        problem(Error::permission((*caller)->name() + " may not do this")));
  }
  return HttpAdmission::admit(take_guarded(found, **caller));
}

HttpTake Gateway::take_open(const Route& route) {
  return [this, &route](HttpRequest request, HttpRespond respond) {
    const OpenAction& action = std::get<OpenAction>(route.what);
    // Strangers on the port cannot fill the lane that operators need.
    const bool stranger = request.listener != Listener::kSocket && route.work == Work::kUrgent;
    OpenCall call{std::move(request), respond};
    start(
        stranger ? Work::kBlocking : route.work, [this, &action, call] { action(*this, call); },
        call.request, respond);
  };
}

HttpTake Gateway::take_guarded(const Match& match, const Principal& caller) {
  return [this, match, caller](HttpRequest request, const HttpRespond& respond) {
    auto key = make_request_key(request.idempotency_key, caller,
                                request.method + ' ' + request.path + '\n' + request.body);
    if (!key.ok()) return respond(problem(key.error()));
    const RouteDoc& doc = *match.route->doc;
    if (const auto query = check_query(request, doc); !query.ok()) {
      return respond(problem(query.error()));
    }
    // With a key the store is asked first, which blocks.
    const bool asks = !key->id.empty() && match.route->work == Work::kQuick;
    const Work work = asks ? Work::kBlocking : match.route->work;
    const auto& action = std::get<Guarded>(match.route->what).action;
    const auto call = std::make_shared<Call>(
        Call{caller, std::move(request), match.arguments, std::move(*key), &doc, respond});
    // A route that takes no body would pass over what stands in one.
    if (const auto body = doc.body.empty() ? read_body(*call) : Result<Document>(Document());
        !body.ok()) {
      return respond(problem(body.error()));
    }
    start(
        work, [this, &action, call] { action(*this, std::move(*call)); }, call->request, respond);
  };
}

void Gateway::start(Work work, std::function<void()> act, const HttpRequest& request,
                    const HttpRespond& respond) {
  if (work == Work::kQuick) return act();
  const auto gone = request.idempotency_key.empty() ? request.gone : nullptr;
  auto job = [this, act = std::move(act), gone, respond] {
    if (gone == nullptr || !*gone) return act();
    metrics_.abandoned();
    respond(problem(Error::unavailable("the caller hung up before its turn came")));
  };
  RequestLane& lane = work == Work::kUrgent ? urgent_ : blocking_;
  if (!lane.add(std::move(job))) {
    metrics_.crowded_out();
    respond(problem(Error::unavailable("too many requests are waiting; try again")));
  }
}

}  // namespace sideband
