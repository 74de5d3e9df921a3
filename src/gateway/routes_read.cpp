#include "gateway/routes_read.h"

#include <algorithm>
#include <set>

#include "base/jcs.h"
#include "engine/runtime/status_facts.h"
#include "gateway/answers.h"
#include "gateway/names.h"
#include "gateway/repair_details.h"
#include "gateway/signal_view.h"
#include "gateway/views.h"

namespace sideband {
namespace {

// Runs a read and answers with its JSON, or with the problem.
void answer_read(Store& store, const Call& call,
                 const std::function<Result<std::string>(StoreReader&)>& make) {
  std::string json;
  const auto read = store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(json, make(reader));
    return {};
  });
  call.respond(read.ok() ? json_answer(200, json) : problem(read.error()));
}

// So many rows are read beyond the limit, to be able to say how many were left out.
constexpr std::int64_t kAhead = 100;

// `more`: at least so many are left out.
std::string items_with_more(const std::vector<std::string>& list, std::int64_t more) {
  JsonObject out;
  out.add_json("items", json_array(list));
  if (more > 0) out.add("more", more);
  return out.text();
}

// The first `limit` of a list that was read up to kAhead further.
std::string items(std::vector<std::string> list, std::int64_t limit) {
  const std::int64_t more = std::max<std::int64_t>(0, std::ssize(list) - limit);
  list.resize(list.size() - static_cast<std::size_t>(more));
  return items_with_more(list, more);
}

// What is known of the targets of a reconciler, each once.
Result<std::vector<ShownTarget>> connected_targets(StoreReader& reader, const Settings& settings,
                                                   const ReconcilerSettings& reconciler) {
  SB_ASSIGN(const TargetPlaces places, target_places(settings, reconciler));
  std::vector<ShownTarget> shown;
  std::set<std::string> places_shown;
  for (const TargetPlace& at : {places.desired, places.actual, places.independent}) {
    if (at.place.empty() || !places_shown.insert(at.place).second) continue;
    SB_ASSIGN(auto known, reader.known_target(at.place));
    if (known) shown.push_back({at.target, std::move(*known)});
  }
  return shown;
}

}  // namespace

void ReadRoutes::list_reconcilers(Call call) {
  const auto limit = number_query(call.request, "limit", 100'000, 100'000);
  if (!limit.ok()) return call.respond(problem(limit.error()));
  const auto settings = parts_.engine.settings();
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    std::vector<std::string> out;
    for (const auto& [name, spec] : settings->reconcilers) {
      if (std::ssize(out) == *limit) break;
      SB_ASSIGN(const StatusFacts facts,
                gather_status(reader, spec, parts_.engine.status_of(name), parts_.clock.wall()));
      out.push_back(reconciler_view(facts));
    }
    return items_with_more(out, std::ssize(settings->reconcilers) - std::ssize(out));
  });
}

void ReadRoutes::get_reconciler(Call call) {
  const auto settings = parts_.engine.settings();
  const auto known = check_reconciler(*settings, call.arguments[0]);
  if (!known.ok()) return call.respond(problem(known.error()));
  const auto spec = settings->reconcilers.find(call.arguments[0]);
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    SB_ASSIGN(const StatusFacts facts,
              gather_status(reader, spec->second, parts_.engine.status_of(spec->first),
                            parts_.clock.wall()));
    SB_ASSIGN(const auto connected, connected_targets(reader, *settings, spec->second));
    const GuardrailSettings* const site = settings->guardrails ? &*settings->guardrails : nullptr;
    return reconciler_details(facts, site, connected);
  });
}

void ReadRoutes::list_drifts(Call call) {
  const auto limit = number_query(call.request, "limit", 100, 10'000);
  if (!limit.ok()) return call.respond(problem(limit.error()));
  const std::string after = call.request.query["after"];
  const auto settings = parts_.engine.settings();
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    SB_TRY(check_scope(*settings, reader, call.arguments[0]));
    std::vector<std::string> out;
    if (const auto key = call.request.query.find("key"); key != call.request.query.end()) {
      SB_ASSIGN(const auto one, reader.drifts(call.arguments[0], {key->second}));
      if (one.front()) out.push_back(drift_view(*one.front()));
      return items(out, *limit);
    }
    SB_ASSIGN(const auto drifts, reader.list_open_drifts(call.arguments[0], after, *limit + kAhead,
                                                         parts_.clock.wall()));
    for (const Drift& drift : drifts) out.push_back(drift_view(drift));
    return items(out, *limit);
  });
}

void ReadRoutes::list_signals(Call call) {
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    SB_ASSIGN(const auto signals, gather_signal_status(reader, parts_.engine));
    std::vector<std::string> out;
    for (const SignalStatus& signal : signals) {
      out.push_back(signal_view(signal, parts_.clock.wall()));
    }
    return items_with_more(out, 0);
  });
}

void ReadRoutes::list_locks(Call call) {
  const auto limit = number_query(call.request, "limit", 1000, 10'000);
  if (!limit.ok()) return call.respond(problem(limit.error()));
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    SB_ASSIGN(const auto locks, reader.locks(Uuid(), *limit + kAhead));
    std::vector<std::string> out;
    for (const RangeLock& lock : locks) {
      SB_ASSIGN(const auto repair, reader.repair(lock.repair));
      out.push_back(lock_view(lock, repair.value_or(Repair{})));
    }
    return items(out, *limit);
  });
}

static Result<std::vector<Decision>> decisions_about(StoreReader& reader,
                                                     const std::string& reconciler,
                                                     const std::string& plan, std::int64_t limit) {
  SB_ASSIGN(const Uuid id, Uuid::parse(plan));
  if (!reconciler.empty()) return reader.decisions_about(reconciler, id, limit);
  return Error::invalid("plan needs reconciler beside it: whose plan it is");
}

void ReadRoutes::list_decisions(Call call) {
  const auto limit = number_query(call.request, "limit", 20, 1000);
  if (!limit.ok()) return call.respond(problem(limit.error()));
  const std::string reconciler = call.request.query["reconciler"];
  const std::string plan = call.request.query["plan"];
  const auto settings = parts_.engine.settings();
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    if (!reconciler.empty()) SB_TRY(check_scope(*settings, reader, reconciler));
    SB_ASSIGN(const auto decisions,
              plan.empty() ? reader.decisions(reconciler, *limit + kAhead)
                           : decisions_about(reader, reconciler, plan, *limit + kAhead));
    std::vector<std::string> out;
    for (const Decision& decision : decisions) out.push_back(decision_view(decision));
    return items(out, *limit);
  });
}

void ReadRoutes::get_decision(Call call) {
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    SB_ASSIGN(const Uuid id, Uuid::parse(call.arguments[0]));
    SB_ASSIGN(const auto decision, reader.decision(id));
    if (!decision) return Error::not_found("there is no decision " + call.arguments[0]);
    return decision_view(*decision);
  });
}

void ReadRoutes::list_notices(Call call) {
  const auto limit = number_query(call.request, "limit", 100, 1000);
  if (!limit.ok()) return call.respond(problem(limit.error()));
  const std::string reconciler = call.request.query["reconciler"];
  const auto settings = parts_.engine.settings();
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    if (!reconciler.empty()) SB_TRY(check_scope(*settings, reader, reconciler));
    SB_ASSIGN(const auto notices, reader.notices());
    std::vector<std::string> out;
    for (const auto& [key, notice] : notices) {
      if (reconciler.empty() || key.reconciler == reconciler) {
        out.push_back(notice_view(key, notice));
      }
    }
    return items(out, *limit);
  });
}

static Result<Plan> plan_of(StoreReader& reader, const std::string& text) {
  SB_ASSIGN(const Uuid id, Uuid::parse(text));
  SB_ASSIGN(const auto plan, reader.plan(id));
  if (!plan) return Error::not_found("there is no plan " + text);
  return *plan;
}

void ReadRoutes::get_plan(Call call) {
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    SB_ASSIGN(const Plan plan, plan_of(reader, call.arguments[0]));
    return plan_view(plan);
  });
}

void ReadRoutes::plan_changes(Call call) {
  const auto chunk = number_query(call.request, "chunk", 0, 1'000'000'000);
  if (!chunk.ok()) return call.respond(problem(chunk.error()));
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    SB_ASSIGN(const Plan plan, plan_of(reader, call.arguments[0]));
    SB_ASSIGN(const std::string bytes, reader.chunk(plan.id, *chunk));
    SB_ASSIGN(const auto changes, decode_changes(bytes));
    std::vector<std::string> out;
    for (const Change& change : changes) out.push_back(change_view(change));
    JsonObject body;
    body.add_json("items", json_array(out));
    if (*chunk + 1 < plan.chunks) body.add("nextChunk", *chunk + 1);
    return body.text();
  });
}

void ReadRoutes::list_repairs(Call call) {
  RepairFilter filter;
  filter.reconciler = call.request.query["reconciler"];
  filter.active_only = call.request.query["active"] == "true";
  const auto limit = number_query(call.request, "limit", 20, 1000);
  if (!limit.ok()) return call.respond(problem(limit.error()));
  filter.limit = *limit + kAhead;
  const std::string state = call.request.query["state"];
  if (!state.empty()) {
    const auto parsed = repair_state_from_name(state);
    if (!parsed.ok()) return call.respond(problem(parsed.error()));
    filter.state = *parsed;
  }
  const auto settings = parts_.engine.settings();
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    if (!filter.reconciler.empty()) SB_TRY(check_scope(*settings, reader, filter.reconciler));
    SB_ASSIGN(const auto repairs, reader.repairs(filter));
    std::vector<std::string> out;
    for (const Repair& repair : repairs) out.push_back(repair_view(repair));
    return items(out, *limit);
  });
}

static Result<Repair> repair_of_call(StoreReader& reader, const Call& call) {
  SB_ASSIGN(const Uuid id, Uuid::parse(call.arguments[0]));
  SB_ASSIGN(const auto repair, reader.repair(id));
  if (!repair) return Error::not_found("there is no repair " + call.arguments[0]);
  return *repair;
}

// With `?wait=` the repair alone, as every route that waits for one answers.
void ReadRoutes::get_repair(Call call) {
  std::optional<Repair> repair;
  std::string json;
  const auto read = parts_.store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(repair, repair_of_call(reader, call));
    SB_ASSIGN(json, repair_details(reader, parts_.engine.handlers(), *repair));
    return {};
  });
  if (!read.ok()) return call.respond(problem(read.error()));
  if (call.request.query.contains("wait")) return answers_.repair(std::move(call), *repair, 200);
  call.respond(json_answer(200, json));
}

void ReadRoutes::repair_outcomes(Call call) {
  const auto limit = number_query(call.request, "limit", 20, 10'000);
  if (!limit.ok()) return call.respond(problem(limit.error()));
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    SB_ASSIGN(const Repair repair, repair_of_call(reader, call));
    return outcomes_view(reader, repair, *limit);
  });
}

void ReadRoutes::audit_head(Call call) {
  answer_read(parts_.store, call, [&](StoreReader& reader) -> Result<std::string> {
    SB_ASSIGN(const AuditHead head, reader.audit_head());
    SB_ASSIGN(const auto checkpoint, reader.last_checkpoint());
    JsonObject out;
    out.add("size", head.size);
    if (checkpoint) out.add("signedSize", checkpoint->size).add("checkpoint", checkpoint->note);
    return out.text();
  });
}

void ReadRoutes::audit_export(Call call) {
  const auto body = read_body(call);
  if (!body.ok()) return call.respond(problem(body.error()));
  const auto folder = text_member(*body, "folder", "");
  if (!folder.ok()) return call.respond(problem(folder.error()));
  if (folder->empty() || folder->front() != '/') {
    return call.respond(problem(Error::invalid("\"folder\" must be an absolute path")));
  }
  const auto form = text_member(*body, "form", "records");
  if (!form.ok()) return call.respond(problem(form.error()));
  if (*form != "records" && *form != "tiles") {
    return call.respond(problem(Error::invalid("\"form\" is \"records\" or \"tiles\"")));
  }
  const auto report = parts_.audit_export(*folder, *form == "tiles");
  if (!report.ok()) return call.respond(problem(report.error()));
  JsonObject out;
  out.add("folder", *folder).add("report", *report);
  call.respond(json_answer(200, out.text()));
}

void ReadRoutes::db_backup(Call call) {
  const auto body = read_body(call);
  if (!body.ok()) return call.respond(problem(body.error()));
  const auto file = text_member(*body, "file", "");
  if (!file.ok()) return call.respond(problem(file.error()));
  if (file->empty() || file->front() != '/') {
    return call.respond(problem(Error::invalid("\"file\" must be an absolute path")));
  }
  const auto report = parts_.backup(*file, call.caller);
  if (!report.ok()) return call.respond(problem(report.error()));
  JsonObject out;
  out.add("file", *file).add("report", *report);
  call.respond(json_answer(200, out.text()));
}

void ReadRoutes::audit_proof(Call call) {
  HttpRequest request;
  request.query["index"] = call.arguments[0];
  const auto index = number_query(request, "index", 0, std::int64_t{1} << 52);
  if (!index.ok()) return call.respond(problem(index.error()));
  auto proof = parts_.audit_proof(*index);
  if (!proof.ok()) return call.respond(problem(proof.error()));
  HttpResponse response;
  response.type = "text/plain; charset=utf-8";
  response.body = std::move(*proof);
  call.respond(std::move(response));
}

}  // namespace sideband
