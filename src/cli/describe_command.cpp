#include "cli/describe_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/exit_codes.h"
#include "cli/get_command.h"
#include "cli/listing.h"
#include "cli/plan_view.h"
#include "cli/playbook_commands.h"
#include "cli/remote_answers.h"
#include "cli/status_view.h"
#include "cli/table.h"
#include "model/job_kind.h"

namespace sideband::cli {
namespace {

void print_converged(RemoteContext& context, const Document& repair) {
  if (member(repair, "timeToConvergeUs").empty()) return;
  const std::int64_t waited = number(repair, "gateWaitUs");
  const std::int64_t total = std::max<std::int64_t>(1, number(repair, "timeToConvergeUs"));
  print_line(
      context.out, "converged in",
      fmt::format("{} ({} of it waiting in gates)", short_duration(total), short_duration(waited)));
}

// Who said yes or no, and how many more have to until when.
void print_approvals(RemoteContext& context, const Document& repair) {
  const auto found = repair.members.find("approvals");
  std::int64_t given = 0;
  if (found != repair.members.end()) {
    for (const Document& one : found->second.items) {
      const bool yes = member(one, "approves") == "true";
      given += yes ? 1 : 0;
      const std::string comment = member(one, "comment");
      print_line(
          context.out, yes ? "approved by" : "rejected by",
          member(one, "by") + ", " + member(one, "at") + (comment.empty() ? "" : ": " + comment));
    }
  }
  const std::string needed = member(repair, "approvalsNeeded");
  if (needed.empty()) return;
  const std::string until = member(repair, "approvalExpiresAt");
  print_line(context.out, "approvals",
             fmt::format("{} of {}{}", given, needed, until.empty() ? "" : ", until " + until));
}

void print_repair(RemoteContext& context, const Document& repair) {
  context.out << "Repair " << member(repair, "id") << "\n";
  print_line(context.out, "reconciler", member(repair, "reconciler"));
  print_line(context.out, "state", member(repair, "state"));
  if (member(repair, "undo") == "true") print_line(context.out, "undo", "takes a repair back");
  print_line(context.out, "note", member(repair, "note"));
  print_line(context.out, "refused since", member(repair, "refusedSince"));
  print_line(context.out, "asked by", member(repair, "requester"));
  print_line(context.out, "released", member(repair, "released"));
  print_approvals(context, repair);
  print_line(context.out, "created", member(repair, "createdAt"));
  print_line(context.out, "started", member(repair, "startedAt"));
  print_line(context.out, "ended", member(repair, "endedAt"));
  print_line(
      context.out, "outcomes",
      fmt::format("{} changed, {} already there, {} refused, {} failed, {} step(s)",
                  member(repair, "changed"), member(repair, "alreadyThere"),
                  member(repair, "refused"), member(repair, "failed"), member(repair, "steps")));
  print_converged(context, repair);
}

// What did not go well: a key, a hook, or a hook's key.
std::string subject_of(const Document& one) {
  const std::string key = safe_text(bytes_of(one, "key"), 120);
  const std::string hook = member(one, "hook");
  if (!hook.empty()) return "repair." + hook + (key.empty() ? "" : " for " + key);
  return key.empty() ? "(a key that is not stored any more)" : key;
}

// The keys and hooks that did not go well, each with its reason.
int print_bad_outcomes(RemoteContext& context, const std::string& id, std::int64_t limit) {
  const auto answer = context.api.get("/api/v1/repairs/" + encoded(id) +
                                      "/outcomes?limit=" + std::to_string(limit));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (items(answer->body).empty()) return kOk;
  context.out << "\nNot done:\n";
  for (const Document& one : items(answer->body)) {
    context.out << "  " << subject_of(one) << "  " << member(one, "outcome") << ": "
                << safe_text(member(one, "why"), 400) << "\n";
  }
  const std::int64_t more = number(answer->body, "more");
  if (more > 0) context.out << "  ... and " << more << " more; use --limit\n";
  return kOk;
}

int describe_repair(RemoteContext& context, const std::string& id, std::int64_t limit) {
  const auto repair = context.api.get("/api/v1/repairs/" + encoded(id));
  if (const int failed = report(context, repair); failed != kOk) return failed;
  if (said_shortly(context, repair->text, id)) return kOk;
  print_repair(context, repair->body);
  if (is_run(repair->body)) return print_run_steps(context, id);
  if (const int failed = print_bad_outcomes(context, id, limit); failed != kOk) return failed;
  const std::string plan = member(repair->body, "plan");
  const auto found = context.api.get("/api/v1/plans/" + encoded(plan));
  if (!found.ok() || found->status != 200) return kOk;
  context.out << "\n"
              << plan_summary(counts_of(found->body)) << "\n"
              << "Hash: " << member(found->body, "hash") << "\n\n";
  print_remote_changes(context, plan, found->body);
  return kOk;
}

// What is behind the addresses of its targets, and what was there before.
void print_connected(RemoteContext& context, const Document& reconciler) {
  const auto found = reconciler.members.find("connected");
  if (found == reconciler.members.end()) return;
  for (const Document& one : found->second.items) {
    print_line(context.out, "connected",
               fmt::format("{}: {}, since {}", member(one, "target"), member(one, "identity"),
                           member(one, "since")));
    const std::string change = member(one, "change");
    if (change.empty()) continue;
    print_line(context.out, "", fmt::format("{}; before: {}", change, member(one, "before")));
  }
}

// Only while it is not closed.
void print_breaker(RemoteContext& context, const Document& reconciler) {
  const auto found = reconciler.members.find("circuitBreaker");
  if (found == reconciler.members.end() || member(found->second, "state") == "closed") return;
  const Document& breaker = found->second;
  const std::string probe = member(breaker, "probe");
  print_line(context.out, "circuit breaker",
             fmt::format("{} since {}, {}", member(breaker, "state"), member(breaker, "openedAt"),
                         probe.empty() ? "one repair may try from " + member(breaker, "halfOpensAt")
                                       : "repair " + probe + " tries"));
}

void print_limits(RemoteContext& context, const Document& reconciler) {
  const auto found = reconciler.members.find("limits");
  if (found == reconciler.members.end()) return;
  std::vector<Row> rows;
  for (const Document& one : found->second.items) {
    rows.push_back({"  " + member(one, "name"), safe_text(member(one, "value"), 200),
                    member(one, "default") == "true" ? "(default)" : ""});
  }
  context.out << "\nGates and limits in force:\n";
  print_table(context.out, rows);
}

void print_held_plan(RemoteContext& context, const Document& reconciler) {
  const std::string id = member(reconciler, "heldPlan");
  if (id.empty()) return;
  context.out << "\nHeld plan " << id << "\n";
  const auto plan = context.api.get("/api/v1/plans/" + encoded(id));
  if (!plan.ok() || plan->status != 200) return;
  context.out << plan_summary(counts_of(plan->body)) << "\n";
  print_remote_changes(context, id, plan->body);
}

int print_last_repairs(RemoteContext& context, const std::string& name, std::int64_t limit) {
  const auto answer = context.api.get("/api/v1/repairs?limit=" + std::to_string(limit) +
                                      "&reconciler=" + encoded(name));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (items(answer->body).empty()) return kOk;
  context.out << "\nLast repairs:\n";
  print_listing(context, repairs_listing(), *answer);
  return kOk;
}

int show_reconciler(RemoteContext& context, const ApiAnswer& answer, std::int64_t limit) {
  const Document& reconciler = answer.body;
  const std::string name = member(reconciler, "name");
  if (said_shortly(context, answer.text, name)) return kOk;
  context.out << "Reconciler " << name << "\n";
  for (const char* key : {"mode", "owner", "environment", "criticality"}) {
    print_line(context.out, key, member(reconciler, key));
  }
  print_line(context.out, "repair type", member(reconciler, "repairType"));
  print_line(context.out, "configured", member(reconciler, "source"));
  print_line(context.out, "targets",
             "desired from " + member(reconciler, "desiredOn") + ", actual on " +
                 member(reconciler, "actualOn"));
  print_line(context.out, "looks every", member(reconciler, "interval"));
  print_connected(context, reconciler);
  print_status(context, reconciler);
  print_breaker(context, reconciler);
  const std::string throttled = member(reconciler, "throttled");
  if (!throttled.empty()) print_line(context.out, "throttled", safe_text(throttled, 400));
  const std::string silenced = member(reconciler, "silenced");
  if (!silenced.empty()) print_line(context.out, "silenced", safe_text(silenced, 400));
  print_limits(context, reconciler);
  print_held_plan(context, reconciler);
  return print_last_repairs(context, name, limit);
}

// A reconciler or a playbook; where there is neither, the better guess is said.
int describe_name(RemoteContext& context, const std::string& name, std::int64_t limit) {
  const auto answer = context.api.get("/api/v1/reconcilers/" + encoded(name));
  if (answer.ok() && answer->status == 200) return show_reconciler(context, *answer, limit);
  if (!answer.ok() || answer->status != 404) return report(context, answer);
  const bool guessed = member(answer->body, "detail").find("did you mean") != std::string::npos;
  return guessed ? report(context, answer) : describe_playbook(context, name);
}

}  // namespace

int describe_command(RemoteContext& context, const DescribeOptions& options) {
  if (Uuid::parse(options.what).ok()) return describe_repair(context, options.what, options.limit);
  if (job_kind_of(options.what) == JobKind::kRun) {
    return describe_playbook(context, std::string(playbook_in(options.what)));
  }
  return describe_name(context, options.what, options.limit);
}

}  // namespace sideband::cli
