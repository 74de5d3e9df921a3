#include "cli/explain_command.h"

#include <ostream>

#include "base/jcs.h"
#include "base/uuid.h"
#include "cli/exit_codes.h"
#include "cli/explain_item.h"
#include "cli/remote_answers.h"
#include "cli/status_view.h"
#include "model/job_kind.h"

namespace sideband::cli {
namespace {

// Of one that is configured; playbooks, and reconcilers that were taken out, have decisions alone.
void print_present(RemoteContext& context, const Document& reconciler) {
  context.out << "Now: " << member(reconciler, "name") << "\n";
  print_status(context, reconciler);
  if (!is_unseen(reconciler)) return;
  const std::string why = member(reconciler, "why");
  context.out << "\nNothing can be compared now"
              << (why.empty() ? ": no look has ended yet" : ": " + safe_text(why, 400)) << "\n";
}

// Why there is no decision at all.
std::string no_decision(const Document& reconciler) {
  if (is_unseen(reconciler)) return "No decision yet: nothing could be compared";
  if (number(reconciler, "drift") == 0) return "No decision yet: nothing differed";
  return "No decision yet: " + member(reconciler, "why");
}

// `unseen`: what is decided is older than what is true now.
void print_decisions(RemoteContext& context, const std::vector<Document>& decisions, bool unseen) {
  ViewOptions view;
  view.color = context.color;
  const Document& last = decisions.front();
  context.out << (unseen ? "Before that the last decision, " : "Why: the last decision, ")
              << member(last, "at") << ", was " << member(last, "verdict") << " (plan "
              << member(last, "plan") << ")\n";
  print_reasons(context.out, reasons_of(last), view);
  if (decisions.size() == 1) return;
  context.out << "\nBefore:\n";
  for (std::size_t i = 1; i < decisions.size(); ++i) {
    context.out << "  " << member(decisions[i], "at") << "  " << member(decisions[i], "verdict")
                << "  " << first_reason(decisions[i]) << "\n";
  }
}

}  // namespace

static int explain_name(RemoteContext& context, const std::string& name, std::int64_t limit) {
  const auto answer = context.api.get("/api/v1/decisions?limit=" + std::to_string(limit) +
                                      "&reconciler=" + encoded(name));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  const auto now = context.api.get("/api/v1/reconcilers/" + encoded(name));
  const bool configured = now.ok() && now->status == 200;
  const std::vector<Document>& decisions = items(answer->body);
  if (context.format == "json") {
    JsonObject out;
    if (configured) out.add_json("reconciler", now->text);
    out.add_json("decisions", to_json(Document::list(decisions)));
    context.out << out.text() << "\n";
    return kOk;
  }
  if (context.format == "name") {
    context.out << name << "\n";
    return kOk;
  }
  if (configured) print_present(context, now->body);
  context.out << (configured ? "\n" : "");
  if (decisions.empty()) {
    context.out << (configured ? no_decision(now->body) : "No decision yet") << "\n";
  } else {
    print_decisions(context, decisions, configured && is_unseen(now->body));
  }
  const std::int64_t more = number(answer->body, "more");
  if (more > 0) context.err << "at least " << more << " more; use --limit\n";
  return kOk;
}

// No name of a reconciler has a slash, a key may have several.
int explain_command(RemoteContext& context, const std::string& what, std::int64_t limit) {
  if (Uuid::parse(what).ok()) return explain_id(context, what);
  const std::size_t slash = what.find('/');
  if (slash == std::string::npos || job_kind_of(what) == JobKind::kRun) {
    return explain_name(context, what, limit);
  }
  return explain_drift(context, what.substr(0, slash), what.substr(slash + 1));
}

}  // namespace sideband::cli
