#include "cli/explain_item.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/jcs.h"
#include "cli/exit_codes.h"
#include "cli/next_move.h"
#include "cli/plan_view.h"
#include "cli/playbook_commands.h"
#include "cli/printable.h"
#include "cli/remote_answers.h"
#include "cli/status_view.h"
#include "model/job_kind.h"

namespace sideband::cli {
namespace {

constexpr const char* kMostDecisions = "100";
constexpr std::size_t kMostWhy = 400;

// The body of a GET that worked; nothing for 404.
struct Fetched {
  int failed = kOk;  // not kOk: it was said why
  std::optional<Document> body;
};

Fetched fetch(RemoteContext& context, const std::string& path) {
  const auto answer = context.api.get(path);
  if (answer.ok() && answer->status == 404) return {};
  if (const int failed = report(context, answer); failed != kOk) return {failed, {}};
  return {kOk, answer->body};
}

std::string about_plan(const std::string& reconciler, const std::string& plan) {
  return fmt::format("/api/v1/decisions?limit={}&reconciler={}&plan={}", kMostDecisions,
                     encoded(reconciler), encoded(plan));
}

void print_next(RemoteContext& context, const NextMove& next) {
  print_line(context.out, "goes on", next.when);
  if (next.commands.empty() || context.quiet) return;
  context.out << "\nWhat people can do:\n";
  std::size_t width = 0;
  for (const Suggestion& command : next.commands) width = std::max(width, command.run.size());
  for (const Suggestion& command : next.commands) {
    context.out << fmt::format("  {:<{}}  {}\n", pasted(command.run), width, command.what);
  }
}

std::string next_json(const NextMove& next) {
  std::vector<std::string> commands;
  for (const Suggestion& command : next.commands) {
    commands.push_back(JsonObject().add("run", command.run).add("what", command.what).text());
  }
  return JsonObject().add("when", next.when).add_json("commands", json_array(commands)).text();
}

// One thing that happened, with lines below it.
void print_event(RemoteContext& context, const std::string& at, const std::string& what) {
  if (!at.empty()) context.out << "  " << at << "  " << safe_text(what, kMostWhy) << "\n";
}

void print_decision(RemoteContext& context, const Document& decision) {
  ViewOptions view;
  view.color = context.color;
  print_event(
      context, member(decision, "at"),
      fmt::format("judged: {} (decision {})", member(decision, "verdict"), member(decision, "id")));
  print_reasons(context.out, reasons_of(decision), view);
}

void print_approval(RemoteContext& context, const Document& approval) {
  const std::string comment = member(approval, "comment");
  print_event(context, member(approval, "at"),
              (member(approval, "approves") == "true" ? "approved by " : "rejected by ") +
                  member(approval, "by") + (comment.empty() ? "" : ": " + comment));
}

const std::vector<Document>& list_in(const Document& body, const char* key) {
  static const std::vector<Document> kNone;
  const auto found = body.members.find(key);
  return found == body.members.end() ? kNone : found->second.items;
}

std::string counts_text(const Document& repair) {
  return fmt::format("{} changed, {} already there, {} refused, {} failed, in {} step(s)",
                     member(repair, "changed"), member(repair, "alreadyThere"),
                     member(repair, "refused"), member(repair, "failed"), member(repair, "steps"));
}

// What happened to a repair, as far as it is kept.
struct Story {
  Document repair;
  std::optional<Document> plan;
  std::vector<Document> decisions;
  std::vector<Document> undone;  // what did not go well
};

void print_timeline(RemoteContext& context, const Story& story) {
  const Document& repair = story.repair;
  context.out << "\nUntil now:\n";
  if (story.plan) {
    print_event(context, member(*story.plan, "observedAt"),
                "found: " + plan_summary(counts_of(*story.plan)));
  }
  for (const Document& decision : story.decisions) print_decision(context, decision);
  if (story.decisions.empty()) context.out << "  (its decision is not kept any more)\n";
  const std::string released = member(repair, "released");
  print_event(context, member(repair, "createdAt"),
              "asked for by " + member(repair, "requester") +
                  (released.empty() ? "" : ", released: " + released));
  for (const Document& approval : list_in(repair, "approvals")) print_approval(context, approval);
  const std::string started = member(repair, "startedAt");
  print_event(context, started, "began: each gate of its beginning passed");
  if (!started.empty()) context.out << "    " << counts_text(repair) << "\n";
  for (const Document& one : story.undone) {
    context.out << "    " << safe_text(bytes_of(one, "key"), 120) << "  " << member(one, "outcome")
                << ": " << safe_text(member(one, "why"), kMostWhy) << "\n";
  }
  print_event(context, member(repair, "endedAt"), "ended: " + member(repair, "state"));
}

std::string story_json(const Story& story, const NextMove& next) {
  JsonObject out;
  out.add_json("repair", to_json(story.repair)).add_json("next", next_json(next));
  if (story.plan) out.add_json("plan", to_json(*story.plan));
  out.add_json("decisions", to_json(Document::list(story.decisions)));
  out.add_json("notDone", to_json(Document::list(story.undone)));
  return out.text();
}

// Plan, decisions and outcomes go before the repair does: what is gone is left out.
int gather_story(RemoteContext& context, Story& story) {
  const std::string id = member(story.repair, "id");
  const std::string plan = member(story.repair, "plan");
  Fetched found = fetch(context, "/api/v1/plans/" + encoded(plan));
  if (found.failed != kOk) return found.failed;
  story.plan = std::move(found.body);
  found = fetch(context, about_plan(member(story.repair, "reconciler"), plan));
  if (found.failed != kOk) return found.failed;
  if (found.body) story.decisions = items(*found.body);
  if (is_run(story.repair)) return kOk;
  found = fetch(context, "/api/v1/repairs/" + encoded(id) + "/outcomes?limit=20");
  if (found.body) story.undone = items(*found.body);
  return found.failed;
}

int explain_repair(RemoteContext& context, Document repair) {
  Story story{std::move(repair), {}, {}, {}};
  if (const int failed = gather_story(context, story); failed != kOk) return failed;
  const NextMove next = next_move(story.repair);
  const std::string id = member(story.repair, "id");
  if (said_shortly(context, story_json(story, next) + "\n", id)) return kOk;
  const bool run = is_run(story.repair);
  context.out << (run ? "Run " : "Repair ") << id << " of " << member(story.repair, "reconciler")
              << "\n";
  print_line(context.out, "state", member(story.repair, "state"));
  print_line(context.out, "why", member(story.repair, "note"));
  print_next(context, next);
  print_timeline(context, story);
  return run ? print_run_steps(context, id) : kOk;
}

// A plan without a repair is held, or was; what holds now its reconciler says.
NextMove move_of_plan(const Document& decision) {
  const std::string name = member(decision, "reconciler");
  const std::string plan = member(decision, "plan");
  return {"once each gate that stopped it passes; its reconciler judges what differs at each look",
          {{"sideband explain " + name, "says what holds now"},
           {"sideband scan-now " + name, "looks and judges now"},
           {"sideband plan " + name, "asks the same gates from here, without doing anything"}}};
}

int explain_decisions(RemoteContext& context, const std::vector<Document>& decisions) {
  const Document& first = decisions.front();
  const NextMove next = move_of_plan(first);
  JsonObject out;
  out.add_json("decisions", to_json(Document::list(decisions)));
  out.add_json("next", next_json(next));
  if (said_shortly(context, out.text() + "\n", member(first, "plan"))) return kOk;
  context.out << "Plan " << member(first, "plan") << " of " << member(first, "reconciler")
              << ", which no repair carries out\n";
  print_next(context, next);
  context.out << "\nUntil now:\n";
  for (const Document& decision : decisions) print_decision(context, decision);
  return kOk;
}

// A decision leads to the repair of its plan; where there is none, it was held.
int explain_plan(RemoteContext& context, const std::string& reconciler, const std::string& plan,
                 const Document& decision) {
  if (plan.empty()) return explain_decisions(context, {decision});
  const Fetched repair = fetch(context, "/api/v1/repairs/" + encoded(plan));
  if (repair.failed != kOk) return repair.failed;
  if (repair.body) return explain_repair(context, *repair.body);
  const Fetched about = fetch(context, about_plan(reconciler, plan));
  if (about.failed != kOk) return about.failed;
  const bool some = about.body && !items(*about.body).empty();
  return explain_decisions(context, some ? items(*about.body) : std::vector{decision});
}

int nothing_has(RemoteContext& context, const std::string& id) {
  context.err << "sideband: no repair, run, decision or plan has the id " << safe_text(id, 80)
              << "; what ended long ago is erased (retention), the audit log keeps it. \"sideband "
                 "get repairs\" and \"sideband get decisions\" list what there is\n";
  return kUsage;
}

// What state a drift is in, when that ends, and by what.
std::string drift_why(const Document& drift) {
  const std::string state = member(drift, "state");
  const std::string until = member(drift, "until");
  if (state == "suspect") return "it was not seen for as long as detect.for says";
  if (state == "left_alone") {
    return "its repairs were taken back " + member(drift, "takenBack") +
           " times while the same was wanted: it is left alone until " + until +
           ", or until a person asks for it (sideband apply RECONCILER --key KEY --yes). Find out "
           "who changes it back";
  }
  if (state == "cooling") return "it rests after a repair, until " + until;
  if (state == "attached") return "a plan holds it, " + member(drift, "plan");
  return "it may be planned at the next look";
}

int explain_free_drift(RemoteContext& context, const std::string& reconciler,
                       const Document& drift) {
  const NextMove next{"at the next look of its reconciler, or when its rest ends",
                      {{"sideband explain " + reconciler, "says what holds plans of it now"},
                       {"sideband scan-now " + reconciler, "looks and judges now"}}};
  JsonObject out;
  out.add_json("drift", to_json(drift)).add("why", drift_why(drift));
  out.add_json("next", next_json(next));
  if (said_shortly(context, out.text() + "\n", bytes_of(drift, "key"))) return kOk;
  context.out << "Drift of " << reconciler << ": " << safe_text(bytes_of(drift, "key"), 200)
              << "\n";
  print_line(context.out, "state", member(drift, "state"));
  print_line(context.out, "why", drift_why(drift));
  print_line(context.out, "first seen", member(drift, "firstSeen"));
  print_line(context.out, "attempts", member(drift, "attempts"));
  print_next(context, next);
  return kOk;
}

}  // namespace

int explain_id(RemoteContext& context, const std::string& id) {
  const Fetched repair = fetch(context, "/api/v1/repairs/" + encoded(id));
  if (repair.failed != kOk) return repair.failed;
  if (repair.body) return explain_repair(context, *repair.body);
  const Fetched decision = fetch(context, "/api/v1/decisions/" + encoded(id));
  if (decision.failed != kOk) return decision.failed;
  if (decision.body) {
    return explain_plan(context, member(*decision.body, "reconciler"),
                        member(*decision.body, "plan"), *decision.body);
  }
  const Fetched plan = fetch(context, "/api/v1/plans/" + encoded(id));
  if (plan.failed != kOk) return plan.failed;
  if (!plan.body) return nothing_has(context, id);
  const Fetched about = fetch(context, about_plan(member(*plan.body, "reconciler"), id));
  if (about.failed != kOk) return about.failed;
  if (!about.body || items(*about.body).empty()) return nothing_has(context, id);
  return explain_decisions(context, items(*about.body));
}

int explain_drift(RemoteContext& context, const std::string& reconciler, const std::string& key) {
  const auto answer =
      context.api.get("/api/v1/reconcilers/" + encoded(reconciler) + "/drifts?key=" + encoded(key));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (items(answer->body).empty()) {
    context.err << "sideband: " << reconciler << " knows no drift of \"" << safe_text(key, 200)
                << "\": as far as it looked, it does not differ. \"sideband explain " << reconciler
                << "\" says when it looked last, \"sideband get drifts " << reconciler
                << "\" lists what differs\n";
    return kUsage;
  }
  const Document drift = items(answer->body).front();
  const std::string plan = member(drift, "plan");
  if (plan.empty()) return explain_free_drift(context, reconciler, drift);
  if (context.format == "table") {
    context.out << safe_text(key, 200) << " is " << member(drift, "state") << ": "
                << drift_why(drift) << "\n\n";
  }
  return explain_id(context, plan);
}

}  // namespace sideband::cli
