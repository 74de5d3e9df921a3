#include "gateway/routes_health.h"

#include <algorithm>

#include "base/jcs.h"
#include "engine/runtime/status_facts.h"
#include "gateway/answers.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxUnseen = 100;

bool cannot_see(StatusKind kind) {
  return kind == StatusKind::kFailing || kind == StatusKind::kBlind;
}

// A line for each that does not see what it is to watch, with the reason.
std::string unseen_lines(const std::vector<NamedStatus>& statuses) {
  std::string lines;
  std::size_t count = 0;
  for (const auto& [name, status] : statuses) {
    if (!cannot_see(status.kind) && status.kind != StatusKind::kNotYetLooked) continue;
    if (++count > kMaxUnseen) continue;
    lines += name + " is " + std::string(status_name(status.kind));
    lines += status.why.empty() ? "\n" : ": " + json_string(status.why) + "\n";
  }
  if (count > kMaxUnseen) lines += std::to_string(count - kMaxUnseen) + " more\n";
  return lines;
}

}  // namespace

void HealthRoutes::healthz(OpenCall call) {
  const auto alive = parts_.alive();
  if (!alive.ok()) return call.respond(problem(alive.error()));
  HttpResponse response;
  response.type = "text/plain; charset=utf-8";
  response.body = "ok\n";
  call.respond(std::move(response));
}

Result<std::vector<NamedStatus>> HealthRoutes::statuses() {
  std::vector<NamedStatus> out;
  const auto settings = parts_.engine.settings();
  SB_TRY(parts_.store.read([&](StoreReader& reader) -> Result<void> {
    for (const auto& [name, spec] : settings->reconcilers) {
      SB_ASSIGN(const StatusFacts facts,
                gather_status(reader, spec, parts_.engine.status_of(name), parts_.clock.wall()));
      out.push_back({name, status_of(facts)});
    }
    return {};
  }));
  return out;
}

// Not ready: the daemon itself is not, or it works for nothing, because none of its reconcilers can
// see what it is to watch. Some that cannot are said and are no reason to take the node out.
void HealthRoutes::readyz(OpenCall call) {
  const auto ready = parts_.ready();
  if (!ready.ok()) return call.respond(problem(Error::unavailable(ready.error().message)));
  const auto found = statuses();
  if (!found.ok()) return call.respond(problem(Error::unavailable(found.error().message)));
  const bool blind =
      !found->empty() && std::all_of(found->begin(), found->end(), [](const NamedStatus& one) {
        return cannot_see(one.status.kind);
      });
  HttpResponse response;
  response.status = blind ? 503 : 200;
  response.type = "text/plain; charset=utf-8";
  response.body = (blind ? "not ready: no reconciler can see what it watches\n" : "ready\n") +
                  unseen_lines(*found);
  call.respond(std::move(response));
}

void HealthRoutes::metrics(OpenCall call) {
  HttpResponse response;
  response.type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = parts_.metrics.text();
  call.respond(std::move(response));
}

void HealthRoutes::openapi(OpenCall call) {
  HttpResponse response;
  response.body = openapi_;
  call.respond(std::move(response));
}

void HealthRoutes::me(Call call) {
  JsonObject out;
  out.add("identity", call.caller.name());
  out.add("note", "a local token: every identity here is the same user of this machine");
  call.respond(json_answer(200, out.text()));
}

}  // namespace sideband
