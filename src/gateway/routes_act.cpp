#include "gateway/routes_act.h"

#include "base/jcs.h"
#include "gateway/answers.h"
#include "gateway/names.h"
#include "gateway/playbook_views.h"
#include "gateway/views.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

std::string cycle_view(const CycleReply& reply) {
  JsonObject out;
  out.add("desired", reply.desired).add("extras", reply.extras).add("unknown", reply.unknown);
  if (!reply.first_unknown.empty()) out.add("firstUnknown", reply.first_unknown);
  out.add("drift", reply.sealed.open);
  if (reply.sealed.planned) {
    out.add_json("decision", decision_view(reply.sealed.decision));
    out.add_json("plan", plan_view(reply.sealed.plan));
  }
  if (reply.sealed.has_repair) out.add_json("repair", repair_view(reply.sealed.repair));
  return out.text();
}

Result<GateSet> released_gates(const Document& body) {
  SB_ASSIGN(const std::vector<std::string> names, list_member(body, "release"));
  return read_release(names);
}

}  // namespace

void ActRoutes::scan(Call call) {
  const std::string name = call.arguments[0];
  const std::shared_ptr<const Settings> settings = parts_.engine.settings();
  const auto known = check_reconciler(*settings, name);
  if (!known.ok()) return call.respond(problem(known.error()));
  CycleOptions options;
  options.sweep =
      call.request.query["sweep"] == "true" || settings->reconcilers.at(name).actual.sweeps();
  const auto respond = call.respond;
  parts_.engine.observe(name, std::move(options), [respond](const CycleReply& reply) {
    respond(reply.result.ok() ? json_answer(200, cycle_view(reply))
                              : problem(reply.result.error()));
  });
}

// Two forms: {"plan": ID, "release": [...]} for a plan that was held or proposed, and
// {"reconciler": NAME, "keys": [...]} to look at some keys now.
void ActRoutes::create_repair(Call call) {
  const auto body = read_body(call);
  if (!body.ok()) return call.respond(problem(body.error()));
  const auto plan = text_member(*body, "plan", "");
  const auto release = released_gates(*body);
  const auto reconciler = text_member(*body, "reconciler", "");
  const auto keys = list_member(*body, "keys");
  for (const Error* error :
       {plan.ok() ? nullptr : &plan.error(), release.ok() ? nullptr : &release.error(),
        reconciler.ok() ? nullptr : &reconciler.error(), keys.ok() ? nullptr : &keys.error()}) {
    if (error != nullptr) return call.respond(problem(*error));
  }
  if (answers_.again(call)) return;
  if (!plan->empty()) {
    const auto id = Uuid::parse(*plan);
    if (!id.ok()) return call.respond(problem(id.error()));
    const auto repair = parts_.engine.commands().plans.apply(*id, call.caller, *release, call.key);
    return answers_.started(std::move(call), repair);
  }
  if (reconciler->empty() || keys->empty()) {
    return call.respond(
        problem(Error::invalid("the body needs \"plan\", or \"reconciler\" and \"keys\"")));
  }
  const auto known = check_reconciler(*parts_.engine.settings(), *reconciler);
  if (!known.ok()) return call.respond(problem(known.error()));
  CycleOptions options;
  options.whole = false;
  options.keys = *keys;
  options.requester = call.caller;
  options.released = *release;
  options.request = call.key;
  const auto shared = std::make_shared<Call>(std::move(call));
  parts_.engine.observe(*reconciler, std::move(options), [this, shared](const CycleReply& reply) {
    if (!reply.result.ok()) return answers_.started(std::move(*shared), reply.result.error());
    if (reply.sealed.has_repair) return answers_.started(std::move(*shared), reply.sealed.repair);
    shared->respond(json_answer(200, cycle_view(reply)));
  });
}

void ActRoutes::approve(Call call) {
  const auto id = Uuid::parse(call.arguments[0]);
  if (!id.ok()) return call.respond(problem(id.error()));
  const auto body = read_body(call);
  if (!body.ok()) return call.respond(problem(body.error()));
  const auto hash = text_member(*body, "planHash", "");
  const auto comment = text_member(*body, "comment", "");
  if (!hash.ok()) return call.respond(problem(hash.error()));
  if (hash->empty()) {
    return call.respond(problem(Error::invalid("\"planHash\" must name the plan that you saw")));
  }
  if (!comment.ok()) return call.respond(problem(comment.error()));
  const auto repair = parts_.engine.commands().approvals.approve(*id, call.caller, *hash, *comment);
  if (!repair.ok()) return call.respond(problem(repair.error()));
  answers_.repair(std::move(call), *repair, 200);
}

static Result<std::pair<Uuid, std::string>> id_and_text(const Call& call, const std::string& key) {
  SB_ASSIGN(const Uuid id, Uuid::parse(call.arguments[0]));
  SB_ASSIGN(const Document body, read_body(call));
  SB_ASSIGN(std::string text, text_member(body, key, ""));
  return std::pair(id, std::move(text));
}

void ActRoutes::reject(Call call) {
  const auto asked = id_and_text(call, "comment");
  if (!asked.ok()) return call.respond(problem(asked.error()));
  const auto repair =
      parts_.engine.commands().approvals.reject(asked->first, call.caller, asked->second);
  call.respond(repair.ok() ? accepted_answer(*repair, 200) : problem(repair.error()));
}

void ActRoutes::cancel(Call call) {
  const auto id = Uuid::parse(call.arguments[0]);
  if (!id.ok()) return call.respond(problem(id.error()));
  const auto body = read_body(call);
  if (!body.ok()) return call.respond(problem(body.error()));
  const auto reason = text_member(*body, "reason", "");
  const auto at_once = bool_member(*body, "now");
  if (!reason.ok()) return call.respond(problem(reason.error()));
  if (!at_once.ok()) return call.respond(problem(at_once.error()));
  const auto how =
      *at_once ? RepairCommands::Cancel::kAtOnce : RepairCommands::Cancel::kBeforeNextStep;
  const auto repair = parts_.engine.commands().repairs.cancel(*id, call.caller, *reason, how);
  if (!repair.ok()) return call.respond(problem(repair.error()));
  answers_.repair(std::move(call), *repair, 202);
}

void ActRoutes::undo(Call call) {
  const auto id = Uuid::parse(call.arguments[0]);
  if (!id.ok()) return call.respond(problem(id.error()));
  const auto body = read_body(call);
  if (!body.ok()) return call.respond(problem(body.error()));
  const auto release = released_gates(*body);
  const auto dry_run = bool_member(*body, "dryRun");
  if (!release.ok()) return call.respond(problem(release.error()));
  if (!dry_run.ok()) return call.respond(problem(dry_run.error()));
  if (*dry_run) {
    const auto undo = parts_.engine.playbooks().preview_undo(*id, call.caller);
    return call.respond(undo.ok() ? json_answer(200, undo_view(*undo)) : problem(undo.error()));
  }
  if (answers_.again(call)) return;
  std::optional<Repair> repair;
  const auto read = parts_.store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(repair, reader.repair(*id));
    return {};
  });
  if (!read.ok()) return call.respond(problem(read.error()));
  if (!repair) {
    return call.respond(problem(Error::not_found("there is no repair " + call.arguments[0])));
  }
  UndoOptions options{*id, call.caller, *release, call.key};
  const auto shared = std::make_shared<Call>(std::move(call));
  parts_.engine.undo(options, repair->reconciler, [this, shared](Result<SealReply> reply) {
    answers_.started(std::move(*shared),
                     reply.ok() ? Result<Repair>(reply->repair) : Result<Repair>(reply.error()));
  });
}

// Both say how many resources or locks they let go.
static void answer_count(const Call& call, const char* what, const Result<std::int64_t>& count) {
  if (!count.ok()) return call.respond(problem(count.error()));
  JsonObject out;
  out.add(what, *count);
  call.respond(json_answer(200, out.text()));
}

static Result<std::pair<Uuid, std::string>> id_and_reason(const Call& call) {
  SB_ASSIGN(auto asked, id_and_text(call, "reason"));
  if (asked.second.empty()) return Error::invalid("it needs a \"reason\"");
  return asked;
}

void ActRoutes::retry(Call call) {
  const auto asked = id_and_reason(call);
  if (!asked.ok()) return call.respond(problem(asked.error()));
  answer_count(call, "resources",
               parts_.engine.commands().repairs.retry(asked->first, call.caller, asked->second));
}

static Result<Settlement> settlement_of(const Call& call) {
  SB_ASSIGN(const Uuid repair, Uuid::parse(call.arguments[0]));
  SB_ASSIGN(const Document body, read_body(call));
  SB_ASSIGN(const std::string step, text_member(body, "step", ""));
  SB_ASSIGN(const std::string as, text_member(body, "as", ""));
  SB_ASSIGN(const std::string reason, text_member(body, "reason", ""));
  if (step.empty()) return Error::invalid("\"step\" must name the step, or have its number");
  if (as != "done" && as != "not-done") {
    return Error::invalid("\"as\" must be \"done\" or \"not-done\"");
  }
  return Settlement{repair, step, as == "done", call.caller, reason};
}

void ActRoutes::settle(Call call) {
  const auto asked = settlement_of(call);
  if (!asked.ok()) return call.respond(problem(asked.error()));
  const auto repair = parts_.engine.commands().steps.settle(*asked);
  if (!repair.ok()) return call.respond(problem(repair.error()));
  answers_.repair(std::move(call), *repair, 202);
}

void ActRoutes::release_locks(Call call) {
  const auto asked = id_and_reason(call);
  if (!asked.ok()) return call.respond(problem(asked.error()));
  answer_count(
      call, "locks",
      parts_.engine.commands().repairs.release_locks(asked->first, call.caller, asked->second));
}

// What a switch is about. An owner or target that is there and empty is a mistake of whoever made
// the body, and never everything.
Result<PauseScope> ActRoutes::switch_scope(const Document& body) {
  using Kind = PauseScope::Kind;
  PauseScope scope;
  for (const auto& [kind, key] :
       {std::pair(Kind::kName, "reconciler"), std::pair(Kind::kOwner, "owner"),
        std::pair(Kind::kTarget, "target")}) {
    SB_ASSIGN(const std::string name, text_member(body, key, ""));
    const bool given = body.members.contains(key);
    if (given && name.empty() && kind != Kind::kName) {
      return Error::invalid(std::string("\"") + key + "\" is empty; name one, or leave it out");
    }
    if (name.empty()) continue;
    if (scope.kind != Kind::kEverything) {
      return Error::invalid("name one of \"reconciler\", \"owner\" and \"target\"");
    }
    scope = {kind, name};
  }
  SB_TRY(parts_.store.read([&](StoreReader& reader) {
    return check_pause_scope(*parts_.engine.settings(), reader, scope);
  }));
  return scope;
}

void ActRoutes::pause(Call call) {
  const auto body = read_body(call);
  if (!body.ok()) return call.respond(problem(body.error()));
  const auto reason = text_member(*body, "reason", "");
  if (!reason.ok()) return call.respond(problem(reason.error()));
  if (reason->empty()) return call.respond(problem(Error::invalid("a pause needs a \"reason\"")));
  const auto scope = switch_scope(*body);
  if (!scope.ok()) return call.respond(problem(scope.error()));
  const auto done = parts_.engine.commands().switches.pause(*scope, call.caller, *reason);
  call.respond(done.ok() ? json_answer(200, R"({"paused":true})") : problem(done.error()));
}

void ActRoutes::resume(Call call) {
  const auto body = read_body(call);
  if (!body.ok()) return call.respond(problem(body.error()));
  const auto reason = text_member(*body, "reason", "");
  const auto accept = bool_member(*body, "acceptSource");
  if (!reason.ok()) return call.respond(problem(reason.error()));
  if (!accept.ok()) return call.respond(problem(accept.error()));
  const auto close = bool_member(*body, "closeBreaker");
  if (!close.ok()) return call.respond(problem(close.error()));
  const auto scope = switch_scope(*body);
  if (!scope.ok()) return call.respond(problem(scope.error()));
  const bool of_one = scope->kind == PauseScope::Kind::kName;
  if (*accept && *close) {
    return call.respond(
        problem(Error::invalid("ask for one of \"acceptSource\" and "
                               "\"closeBreaker\"")));
  }
  if ((*accept || *close) && !of_one) {
    return call.respond(
        problem(Error::invalid(*accept ? "a source is accepted of one reconciler"
                                       : "a circuit breaker is closed of one reconciler")));
  }
  if (*close) return close_breaker(std::move(call), scope->name, *reason);
  if (*accept) return accept_source(std::move(call), scope->name, *reason);
  const auto done = parts_.engine.commands().switches.resume(*scope, call.caller, *reason);
  call.respond(done.ok() ? json_answer(200, R"({"paused":false})") : problem(done.error()));
}

void ActRoutes::close_breaker(Call call, const std::string& reconciler, const std::string& reason) {
  const auto done =
      parts_.engine.commands().switches.close_breaker(reconciler, call.caller, reason);
  if (!done.ok()) return call.respond(problem(done.error()));
  JsonObject out;
  out.add("reconciler", reconciler).add("circuitBreaker", "closed");
  call.respond(json_answer(200, out.text()));
}

// Of the first of two people: 202, it waits for the second.
void ActRoutes::accept_source(Call call, const std::string& reconciler, const std::string& reason) {
  const auto waiting =
      parts_.engine.commands().switches.accept_source(reconciler, call.caller, reason);
  if (!waiting.ok()) return call.respond(problem(waiting.error()));
  JsonObject out;
  out.add("reconciler", reconciler).add("accepted", waiting->by.empty());
  if (waiting->by.empty()) return call.respond(json_answer(200, out.text()));
  out.add("acceptedBy", waiting->by).add("desired", waiting->desired);
  call.respond(json_answer(202, out.text()));
}

}  // namespace sideband
