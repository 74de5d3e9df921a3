#include "gateway/routes_playbook.h"

#include "base/jcs.h"
#include "engine/playbook/playbook_job.h"
#include "gateway/answers.h"
#include "gateway/names.h"
#include "gateway/playbook_views.h"
#include "gateway/views.h"

namespace sideband {
namespace {

// The values of "inputs": texts, numbers and truths, each as text.
Result<std::map<std::string, std::string>> inputs_member(const Document& body) {
  std::map<std::string, std::string> out;
  const auto found = body.members.find("inputs");
  if (found == body.members.end()) return out;
  if (found->second.kind != Document::Kind::kMap) {
    return Error::invalid("\"inputs\" must be an object");
  }
  for (const auto& [name, value] : found->second.members) {
    switch (value.kind) {
      case Document::Kind::kString:
      case Document::Kind::kNumber:
        out[name] = value.text;
        break;
      case Document::Kind::kBool:
        out[name] = value.truth ? "true" : "false";
        break;
      default:
        return Error::invalid("input " + name + " must be a text, a number, true or false");
    }
  }
  return out;
}

struct RunRequest {
  PlaybookStart start;
  bool dry_run = false;
};

Result<RunRequest> run_request(const Call& call) {
  SB_ASSIGN(const Document body, read_body(call));
  SB_ASSIGN(const auto inputs, inputs_member(body));
  SB_ASSIGN(const bool dry_run, bool_member(body, "dryRun"));
  return RunRequest{{call.arguments[0], inputs, call.caller, call.key}, dry_run};
}

Result<PlaybookConfirmation> confirmation_of(const Call& call) {
  SB_ASSIGN(const Uuid repair, Uuid::parse(call.arguments[0]));
  SB_ASSIGN(const Document body, read_body(call));
  SB_ASSIGN(const std::string step, text_member(body, "step", ""));
  SB_ASSIGN(const std::string evidence, text_member(body, "evidence", ""));
  SB_ASSIGN(const bool failed, bool_member(body, "failed"));
  if (step.empty()) return Error::invalid("\"step\" must name the step that was done");
  return PlaybookConfirmation{repair, step, call.caller, evidence, failed};
}

Result<std::string> steps_of_run(StoreReader& reader, const std::string& text) {
  SB_ASSIGN(const Uuid id, Uuid::parse(text));
  SB_ASSIGN(const auto repair, reader.repair(id));
  if (!repair || repair->kind() != JobKind::kRun) {
    return Error::not_found("there is no run " + text + " of a playbook");
  }
  PlaybookJob job;
  job.repair = *repair;
  job.plan.id = repair->plan;
  SB_TRY(load_job(reader, job));
  SB_ASSIGN(const auto views, view_steps(job.run.playbook, job.rows));
  return run_steps_view(job.run, views);
}

}  // namespace

void PlaybookRoutes::list_playbooks(Call call) {
  const auto limit = number_query(call.request, "limit", 100'000, 100'000);
  if (!limit.ok()) return call.respond(problem(limit.error()));
  const auto settings = parts_.engine.settings();
  std::vector<std::string> out;
  for (const auto& [name, playbook] : settings->playbooks) {
    if (std::ssize(out) == *limit) break;
    out.push_back(playbook_view(*playbook, parts_.clock.wall()));
  }
  const std::int64_t more = std::ssize(settings->playbooks) - std::ssize(out);
  JsonObject body;
  body.add_json("items", json_array(out));
  if (more > 0) body.add("more", more);
  call.respond(json_answer(200, body.text()));
}

void PlaybookRoutes::get_playbook(Call call) {
  const auto settings = parts_.engine.settings();
  const auto known = check_playbook(*settings, call.arguments[0]);
  if (!known.ok()) return call.respond(problem(known.error()));
  const auto found = settings->playbooks.find(call.arguments[0]);
  call.respond(json_answer(200, playbook_view(*found->second, parts_.clock.wall())));
}

// {"inputs": {...}, "dryRun": true}: what would be done; without dryRun it is.
void PlaybookRoutes::run_playbook(Call call) {
  const auto request = run_request(call);
  if (!request.ok()) return call.respond(problem(request.error()));
  const auto known = check_playbook(*parts_.engine.settings(), call.arguments[0]);
  if (!known.ok()) return call.respond(problem(known.error()));
  if (request->dry_run) {
    const auto preview = parts_.engine.playbooks().preview(request->start);
    return call.respond(preview.ok() ? json_answer(200, preview_view(*preview, parts_.clock.wall()))
                                     : problem(preview.error()));
  }
  if (answers_.again(call)) return;
  answers_.started(std::move(call), parts_.engine.playbooks().start(request->start));
}

void PlaybookRoutes::confirm(Call call) {
  const auto confirmation = confirmation_of(call);
  if (!confirmation.ok()) return call.respond(problem(confirmation.error()));
  const auto repair = parts_.engine.playbooks().confirm(*confirmation);
  if (!repair.ok()) return call.respond(problem(repair.error()));
  answers_.repair(std::move(call), *repair, 202);
}

void PlaybookRoutes::repair_steps(Call call) {
  std::string json;
  const auto read = parts_.store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(json, steps_of_run(reader, call.arguments[0]));
    return {};
  });
  call.respond(read.ok() ? json_answer(200, json) : problem(read.error()));
}

}  // namespace sideband
