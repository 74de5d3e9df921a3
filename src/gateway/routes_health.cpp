// Health, readiness, metrics, and who am I.
#include "base/jcs.h"
#include "gateway/answers.h"

namespace sideband {

void Gateway::healthz(OpenCall call) {
  const auto alive = parts_.alive();
  if (!alive.ok()) return call.respond(problem(alive.error()));
  HttpResponse response;
  response.type = "text/plain; charset=utf-8";
  response.body = "ok\n";
  call.respond(std::move(response));
}

void Gateway::readyz(OpenCall call) {
  const auto ready = parts_.ready();
  if (!ready.ok()) return call.respond(problem(Error::unavailable(ready.error().message)));
  HttpResponse response;
  response.type = "text/plain; charset=utf-8";
  response.body = "ready\n";
  call.respond(std::move(response));
}

void Gateway::metrics(OpenCall call) {
  HttpResponse response;
  response.type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = parts_.metrics.text();
  call.respond(std::move(response));
}

void Gateway::me(Call call) {
  JsonObject out;
  out.add("identity", call.by());
  out.add("note", "a local token: every identity here is the same user of this machine");
  call.respond(json_answer(200, out.text()));
}

}  // namespace sideband
