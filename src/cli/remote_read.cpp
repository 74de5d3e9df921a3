// Remote commands that only read.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/clock.h"
#include "base/units.h"
#include "cli/exit_codes.h"
#include "cli/plan_view.h"
#include "cli/playbook_commands.h"
#include "cli/remote_answers.h"
#include "cli/remote_commands.h"
#include "cli/table.h"
#include "model/playbook.h"

namespace sideband::cli {
namespace {

std::string path_of(const std::string& what, const std::string& name, bool active) {
  if (what == "reconcilers" || what == "playbooks") {
    return "/api/v1/" + what + (name.empty() ? "" : "/" + encoded(name));
  }
  if (what == "drifts") return "/api/v1/reconcilers/" + encoded(name) + "/drifts?limit=1000";
  if (what == "decisions") return "/api/v1/decisions?reconciler=" + encoded(name);
  return "/api/v1/repairs?reconciler=" + encoded(name) + (active ? "&active=true" : "");
}

const char* name_key(const std::string& what) {
  return what == "reconcilers" || what == "playbooks" ? "name" : what == "drifts" ? "key" : "id";
}

Row header_of(const std::string& what) {
  if (what == "reconcilers") return {"NAME", "MODE", "STATUS", "DRIFT", "DESIRED", "WHY"};
  if (what == "playbooks") return {"NAME", "OWNER", "STEPS", "REVIEW BY", "TITLE"};
  if (what == "drifts") return {"KEY", "STATE", "ATTEMPTS", "FIRST SEEN"};
  if (what == "decisions") return {"AT", "RECONCILER", "VERDICT", "FIRST REASON"};
  return {"ID", "RECONCILER", "STATE", "CHANGED", "REFUSED", "CREATED", "NOTE"};
}

std::string first_reason(const Document& decision) {
  for (const ReasonView& reason : reasons_of(decision)) {
    if (reason.passes != Truth::kTrue) return reason.gate + ": " + reason.saw;
  }
  return "every gate passes";
}

Row row_of(const std::string& what, const Document& item) {
  const auto text = [&](const char* key) { return safe_text(member(item, key), 100); };
  if (what == "reconcilers") {
    return {text("name"),  text("mode"),    text("status"),
            text("drift"), text("desired"), text("why")};
  }
  if (what == "playbooks") {
    const std::string stale = member(item, "stale") == "true" ? " (stale)" : "";
    return {text("name"), text("owner"), std::to_string(item.members.at("steps").items.size()),
            text("reviewBy") + stale, text("title")};
  }
  if (what == "drifts") return {text("key"), text("state"), text("attempts"), text("firstSeen")};
  if (what == "decisions") {
    return {text("at"), text("reconciler"), text("verdict"), first_reason(item)};
  }
  return {text("id"),      text("reconciler"), text("state"), text("changed"),
          text("refused"), text("createdAt"),  text("note")};
}

void print_repair(RemoteContext& context, const Document& repair) {
  std::ostream& out = context.out;
  out << "Repair " << member(repair, "id") << "\n";
  for (const char* key : {"reconciler", "state", "note", "requester", "released", "createdAt",
                          "startedAt", "endedAt"}) {
    const std::string value = member(repair, key);
    if (!value.empty()) out << fmt::format("  {:<12} {}\n", key, safe_text(value, 400));
  }
  out << fmt::format("  {:<12} {} changed, {} already there, {} refused, {} failed, {} step(s)\n",
                     "outcomes", member(repair, "changed"), member(repair, "alreadyThere"),
                     member(repair, "refused"), member(repair, "failed"), member(repair, "steps"));
  const std::string converge = member(repair, "timeToConvergeUs");
  if (converge.empty()) return;
  const std::int64_t waited = number(repair, "gateWaitUs");
  const std::int64_t total = std::max<std::int64_t>(1, number(repair, "timeToConvergeUs"));
  out << fmt::format("  {:<12} {} ({} of it waiting in gates)\n", "converged in",
                     short_duration(total), short_duration(waited));
}

}  // namespace

int get_command(RemoteContext& context, const std::string& what, const std::string& name,
                bool active) {
  if (what == "drifts" && name.empty()) {
    context.err << "sideband: name the reconciler: sideband get drifts RECONCILER\n";
    return kUsage;
  }
  const auto answer = context.api.get(path_of(what, name, active));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (context.format == "json") {
    context.out << answer->text;
    return kOk;
  }
  std::vector<Row> rows;
  if (context.format == "table") rows.push_back(header_of(what));
  const auto add = [&](const Document& item) {
    rows.push_back(context.format == "name" ? Row{member(item, name_key(what))}
                                            : row_of(what, item));
  };
  // One that was named comes by itself.
  if (answer->body.members.contains("name")) add(answer->body);
  for (const Document& item : items(answer->body)) add(item);
  if (rows.size() <= 1 && context.format == "table") {
    context.err << "no " << what << "\n";
    return kOk;
  }
  print_table(context.out, rows);
  return kOk;
}

int lock_ls_command(RemoteContext& context) {
  const auto answer = context.api.get("/api/v1/locks");
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (context.format == "json") {
    context.out << answer->text;
    return kOk;
  }
  std::vector<Row> rows;
  if (context.format == "table") {
    rows.push_back({"REPAIR", "STATE", "NODE", "TARGET", "COLLECTION", "FROM", "TO"});
  }
  for (const Document& lock : items(answer->body)) {
    const auto text = [&](const char* key) { return safe_text(member(lock, key), 60); };
    rows.push_back(context.format == "name"
                       ? Row{member(lock, "repair")}
                       : Row{text("repair"), text("state"), text("node"), text("target"),
                             text("collection"), text("low"), text("high")});
  }
  if (rows.size() <= 1 && context.format == "table") {
    context.err << "no locks\n";
    return kOk;
  }
  print_table(context.out, rows);
  return kOk;
}

int describe_command(RemoteContext& context, const std::string& id) {
  if (!Uuid::parse(id).ok()) return describe_playbook(context, id);
  const auto repair = context.api.get("/api/v1/repairs/" + encoded(id));
  if (const int failed = report(context, repair); failed != kOk) return failed;
  if (context.format == "json") {
    context.out << repair->text;
    return kOk;
  }
  print_repair(context, repair->body);
  if (is_playbook(member(repair->body, "reconciler"))) return print_run_steps(context, id);
  const std::string plan = member(repair->body, "plan");
  const auto found = context.api.get("/api/v1/plans/" + encoded(plan));
  if (!found.ok() || found->status != 200) return kOk;
  context.out << "\n"
              << plan_summary(counts_of(found->body)) << "\n"
              << "Hash: " << member(found->body, "hash") << "\n\n";
  print_remote_changes(context, plan, found->body);
  return kOk;
}

int explain_command(RemoteContext& context, const std::string& reconciler) {
  const auto answer =
      context.api.get("/api/v1/decisions?limit=5&reconciler=" + encoded(reconciler));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (context.format == "json") {
    context.out << answer->text;
    return kOk;
  }
  if (items(answer->body).empty()) context.err << "no decisions yet: nothing differed\n";
  ViewOptions view;
  view.color = context.color;
  for (const Document& decision : items(answer->body)) {
    context.out << member(decision, "at") << "  " << member(decision, "reconciler") << "  "
                << member(decision, "verdict") << "  plan " << member(decision, "plan") << "\n";
    print_reasons(context.out, reasons_of(decision), view);
    context.out << "\n";
  }
  return kOk;
}

int audit_prove_remote(RemoteContext& context, const std::string& index) {
  const auto answer = context.api.get("/api/v1/audit/proof/" + encoded(index));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  context.out << answer->text;
  return kOk;
}

}  // namespace sideband::cli
