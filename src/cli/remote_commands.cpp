#include "cli/remote_commands.h"

#include <sys/stat.h>

#include <ostream>

#include "base/jcs.h"
#include "cli/exit_codes.h"
#include "cli/listing.h"
#include "cli/local_plan.h"
#include "cli/plan_view.h"
#include "cli/playbook_commands.h"
#include "cli/remote_answers.h"
#include "model/pause_scope.h"

namespace sideband::cli {
namespace {

void hint(RemoteContext& context, const std::string& text) {
  if (!context.quiet) context.err << text << "\n";
}

// Says where a repair stands and what a person may do next.
int show_repair(RemoteContext& context, const Document& repair) {
  const std::string id = member(repair, "id");
  const std::string state = member(repair, "state");
  if (context.format == "name") {
    context.out << id << "\n";
  } else if (context.format == "json") {
    context.out << to_json(repair) << "\n";
  } else {
    context.out << "repair " << id << ": " << state;
    const std::string note = member(repair, "note");
    if (!note.empty()) context.out << " (" << safe_text(note, 200) << ")";
    context.out << "\n";
    if (state == "converged") {
      context.out << "  " << member(repair, "changed") << " changed, " << member(repair, "refused")
                  << " refused; converged in " << short_duration(number(repair, "timeToConvergeUs"))
                  << ", of it " << short_duration(number(repair, "gateWaitUs"))
                  << " waiting in gates\n";
    }
  }
  if (state == "awaiting_approval") {
    hint(context, "somebody other than " + member(repair, "requester") +
                      " may now run: sideband approve " + id);
  }
  if (state == "converged" && member(repair, "undo") != "true") {
    hint(context, "see it: sideband describe " + id + "   take it back: sideband undo " + id);
  }
  return exit_code_of_state(state);
}

bool is_file(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

struct Target {
  std::string reconciler;
  std::string expected_hash;  // empty = whatever plan is held
};

Result<Target> target_of(const std::string& what) {
  if (!is_file(what)) return Target{what, ""};
  SB_ASSIGN(const SavedPlan saved, read_saved_plan(what));
  return Target{saved.reconciler, saved.hash};
}

// ": " and why it is so, where that says more than the status.
std::string why_of(const Document& reconciler) {
  const std::string why = member(reconciler, "why");
  return why.empty() ? why : ": " + safe_text(why, 300);
}

// The plan that the daemon holds now, after a fresh look; its exit code when there is none.
int find_held_plan(RemoteContext& context, const Target& target, Document& plan) {
  const std::string base = "/api/v1/reconcilers/" + encoded(target.reconciler);
  const auto scanned = context.api.post(base + "/scan", "");
  if (const int failed = report(context, scanned); failed != kOk) return failed;
  if (scanned->body.members.count("repair") != 0) {
    context.err << "every gate passes: the daemon has started this repair by itself\n";
    return show_repair(context, scanned->body.members.at("repair")) + 1000;
  }
  const auto reconciler = context.api.get(base);
  if (const int failed = report(context, reconciler); failed != kOk) return failed;
  const std::string id = member(reconciler->body, "heldPlan");
  if (id.empty()) {
    context.err << "nothing to apply: " << target.reconciler << " is "
                << member(reconciler->body, "status") << why_of(reconciler->body) << "\n";
    return 1000 + (target.expected_hash.empty() ? kOk : kMoved);
  }
  if (!target.expected_hash.empty() &&
      member(reconciler->body, "heldPlanHash") != target.expected_hash) {
    context.err << "sideband: the state moved since the plan was made; make a new one with: "
                   "sideband plan "
                << target.reconciler << " --out FILE\n";
    return kMoved;
  }
  const auto found = context.api.get("/api/v1/plans/" + encoded(id));
  if (const int failed = report(context, found); failed != kOk) return failed;
  plan = found->body;
  return kOk;
}

}  // namespace

int scan_now_command(RemoteContext& context, const ScanNowOptions& options) {
  const auto answer = context.api.post("/api/v1/reconcilers/" + encoded(options.reconciler) +
                                           "/scan" + (options.sweep ? "?sweep=true" : ""),
                                       "");
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (context.format == "json") {
    context.out << answer->text;
  } else {
    context.out << options.reconciler << ": " << member(answer->body, "drift") << " of "
                << member(answer->body, "desired") << " differ, " << member(answer->body, "extras")
                << " extra, " << member(answer->body, "unknown") << " unknown\n";
  }
  return number(answer->body, "drift") > 0 ? kDrift : kOk;
}

// Has the daemon look at these resources and hand what differs to the gates.
static int apply_keys(RemoteContext& context, const ApplyOptions& options) {
  context.err << (options.yes ? "APPLY " : "DRY-RUN ") << options.what << "\n";
  if (!options.yes) {
    for (const std::string& key : options.keys) {
      const auto drift = context.api.get("/api/v1/reconcilers/" + encoded(options.what) +
                                         "/drifts?key=" + encoded(key));
      if (const int failed = report(context, drift); failed != kOk) return failed;
      const auto found = items(drift->body);
      context.out << safe_text(key, 200) << ": "
                  << (found.empty() ? "no drift is known" : member(found.front(), "state")) << "\n";
    }
    hint(context,
         "nothing was started; with --yes the daemon looks at them and repairs what differs");
    return kOk;
  }
  JsonObject body;
  body.add("reconciler", options.what).add_json("keys", json_strings(options.keys));
  body.add_json("release", json_strings(options.release));
  const auto answer =
      context.api.post("/api/v1/repairs?wait=" + encoded(options.wait), body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (answer->body.members.contains("id")) return show_repair(context, answer->body);
  context.err << "nothing was started; \"sideband explain " << options.what << "\" says why\n";
  return kMoved;
}

int apply_command(RemoteContext& context, const ApplyOptions& options) {
  if (!options.keys.empty()) return apply_keys(context, options);
  const auto target = target_of(options.what);
  if (!target.ok()) {
    context.err << "sideband: " << target.error().message << "\n";
    return kUsage;
  }
  Document plan;
  const int found = find_held_plan(context, *target, plan);
  if (found >= 1000) return found - 1000;
  if (found != kOk) return found;
  context.err << (options.yes ? "APPLY " : "DRY-RUN ") << target->reconciler << "\n";
  if (context.format == "table") {
    print_remote_changes(context, member(plan, "id"), plan);
    context.out << "\n"
                << plan_summary(counts_of(plan)) << "\nHash: " << member(plan, "hash") << "\n";
  }
  if (!options.yes) {
    hint(context, "nothing was started; add --yes to hand this plan to the daemon and its gates");
    return kOk;
  }
  JsonObject body;
  body.add("plan", member(plan, "id")).add_json("release", json_strings(options.release));
  const auto answer =
      context.api.post("/api/v1/repairs?wait=" + encoded(options.wait), body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  return show_repair(context, answer->body);
}

int approve_command(RemoteContext& context, const ApproveOptions& options) {
  const std::string path = "/api/v1/repairs/" + encoded(options.repair);
  const auto found = context.api.get(path);
  if (const int failed = report(context, found); failed != kOk) return failed;
  const std::string plan_id = member(found->body, "plan");
  const auto plan = context.api.get("/api/v1/plans/" + encoded(plan_id));
  if (const int failed = report(context, plan); failed != kOk) return failed;
  if (context.format == "table" && is_run(found->body)) {
    if (const int failed = print_run_steps(context, options.repair); failed != kOk) return failed;
  } else if (context.format == "table") {
    print_remote_changes(context, plan_id, plan->body);
    context.out << "\n" << plan_summary(counts_of(plan->body)) << "\n";
  }
  JsonObject body;
  body.add("planHash", member(plan->body, "hash")).add("comment", options.comment);
  const auto answer =
      context.api.post(path + "/approve?wait=" + encoded(options.wait), body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  return show_repair(context, answer->body);
}

int reject_command(RemoteContext& context, const RejectOptions& options) {
  JsonObject body;
  body.add("comment", options.comment);
  const auto answer =
      context.api.post("/api/v1/repairs/" + encoded(options.repair) + "/reject", body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  show_repair(context, answer->body);
  return kOk;
}

int cancel_command(RemoteContext& context, const CancelOptions& options) {
  JsonObject body;
  body.add("reason", options.reason).add("now", options.now);
  const auto answer = context.api.post(
      "/api/v1/repairs/" + encoded(options.repair) + "/cancel?wait=30s", body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  show_repair(context, answer->body);
  return kOk;
}

// What would be put back, where it is still ours.
static int print_undo(RemoteContext& context, const Document& repair) {
  const std::string plan_id = member(repair, "plan");
  const auto plan = context.api.get("/api/v1/plans/" + encoded(plan_id));
  if (const int failed = report(context, plan); failed != kOk) return failed;
  if (context.format == "json") {
    context.out << to_json(repair) << "\n";
    return kOk;
  }
  context.out << "Undo of repair " << member(repair, "id") << " of " << member(repair, "reconciler")
              << ", which changed " << member(repair, "changed") << "; this would be put back:\n";
  print_remote_changes(context, plan_id, plan->body, Direction::kBack);
  return kOk;
}

int undo_command(RemoteContext& context, const UndoOptions& options) {
  const std::string path = "/api/v1/repairs/" + encoded(options.repair);
  const auto found = context.api.get(path);
  if (const int failed = report(context, found); failed != kOk) return failed;
  const bool run = is_run(found->body);
  if (!options.yes && run) {
    if (const int failed = print_undo_steps(context, options.repair); failed != kOk) return failed;
    hint(context, "DRY-RUN: add --yes to take these steps back, in this order");
    return kOk;
  }
  if (!options.yes) {
    if (const int failed = print_undo(context, found->body); failed != kOk) return failed;
    hint(context,
         "DRY-RUN: add --yes to put the old values back, where they are still ours, and "
         "to pause this reconciler");
    return kOk;
  }
  JsonObject body;
  body.add_json("release", json_strings(options.release));
  const auto answer = context.api.post(path + "/undo?wait=" + encoded(options.wait), body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (!run) hint(context, "the reconciler is paused now; go on with: sideband resume NAME");
  return show_repair(context, answer->body);
}

int retry_command(RemoteContext& context, const RetryOptions& options) {
  JsonObject body;
  body.add("reason", options.reason);
  const auto answer =
      context.api.post("/api/v1/repairs/" + encoded(options.repair) + "/retry", body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  context.out << member(answer->body, "resources") << " resource(s) are judged anew\n";
  hint(context, "what comes of it: sideband get repairs --active");
  return kOk;
}

int settle_command(RemoteContext& context, const SettleOptions& options) {
  JsonObject body;
  body.add("step", options.step).add("as", options.as).add("reason", options.reason);
  const auto answer = context.api.post(
      "/api/v1/repairs/" + encoded(options.repair) + "/settle?wait=" + encoded(options.wait),
      body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  context.out << "step " << options.step << " of " << options.repair << " is " << options.as
              << "; the repair is " << member(answer->body, "state") << "\n";
  if (member(answer->body, "state") == "needs_human") {
    hint(context, "it has ended; take back what it did: sideband undo " + options.repair);
  }
  return kOk;
}

int lock_ls_command(RemoteContext& context, std::int64_t limit) {
  const auto answer = context.api.get("/api/v1/locks?limit=" + std::to_string(limit));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  const auto range = [](const char* end) {
    return [end](const Document& item) { return safe_text(bytes_of(item, end), 60); };
  };
  const Listing locks = {"locks",
                         {column("REPAIR", "repair"),
                          column("STATE", "state"),
                          column("NODE", "node"),
                          column("TARGET", "target"),
                          column("COLLECTION", "collection"),
                          {"FROM", range("low")},
                          {"TO", range("high")},
                          column("RECONCILER", "reconciler", true)},
                         [](const Document& item) { return member(item, "repair"); }};
  print_listing(context, locks, *answer);
  return kOk;
}

int lock_release_command(RemoteContext& context, const LockReleaseOptions& options) {
  JsonObject body;
  body.add("reason", options.reason);
  const auto answer =
      context.api.post("/api/v1/locks/" + encoded(options.repair) + "/release", body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  context.out << "released " << member(answer->body, "locks") << " lock(s)\n";
  return kOk;
}

static PauseScope scope_of(const SwitchScope& words) {
  using Kind = PauseScope::Kind;
  if (!words.owner.empty()) return {Kind::kOwner, words.owner};
  if (!words.target.empty()) return {Kind::kTarget, words.target};
  if (!words.reconciler.empty()) return {Kind::kName, words.reconciler};
  return {};
}

static JsonObject switch_body(const SwitchScope& words, const std::string& reason) {
  JsonObject body;
  if (!words.reconciler.empty()) body.add("reconciler", words.reconciler);
  if (!words.owner.empty()) body.add("owner", words.owner);
  if (!words.target.empty()) body.add("target", words.target);
  body.add("reason", reason);
  return body;
}

int pause_command(RemoteContext& context, const PauseOptions& options) {
  const auto answer =
      context.api.post("/api/v1/pause", switch_body(options.scope, options.reason).text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  const PauseScope scope = scope_of(options.scope);
  context.out << "paused " << scope.text() << "\n";
  const std::string words = scope.words();
  hint(context, "take it back: sideband resume" + (words.empty() ? "" : " " + words));
  return kOk;
}

static int print_acceptance(RemoteContext& context, const std::string& reconciler,
                            const Document& answer) {
  if (member(answer, "accepted") == "true") {
    context.out << "the source of " << reconciler << " is accepted as it is now\n";
    return kOk;
  }
  context.out << "accepted with " << member(answer, "desired") << " items by "
              << member(answer, "acceptedBy")
              << "; a second person has to say the same within 30 minutes: sideband resume "
              << reconciler << " --accept-source --reason WHY\n";
  return kOk;
}

int resume_command(RemoteContext& context, const ResumeOptions& options) {
  JsonObject body = switch_body(options.scope, options.reason);
  body.add("acceptSource", options.accept_source).add("closeBreaker", options.close_breaker);
  const auto answer = context.api.post("/api/v1/resume", body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (options.accept_source)
    return print_acceptance(context, options.scope.reconciler, answer->body);
  if (options.close_breaker) {
    context.out << "the circuit breaker of " << options.scope.reconciler << " is closed\n";
    return kOk;
  }
  context.out << "resumed " << scope_of(options.scope).text() << "\n";
  return kOk;
}

int audit_export_remote(RemoteContext& context, const std::string& folder, bool as_tiles) {
  JsonObject body;
  body.add("folder", folder).add("form", as_tiles ? "tiles" : "records");
  const auto answer = context.api.post("/api/v1/audit/export", body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  context.out << member(answer->body, "report");
  return kOk;
}

int audit_prove_remote(RemoteContext& context, const std::string& index) {
  const auto answer = context.api.get("/api/v1/audit/proof/" + encoded(index));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  context.out << answer->text;
  return kOk;
}

}  // namespace sideband::cli
