#include "cli/get_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/exit_codes.h"
#include "cli/listing.h"
#include "cli/remote_answers.h"
#include "cli/silence_commands.h"

namespace sideband::cli {
namespace {

std::string path_of(const GetOptions& options) {
  const std::string& what = options.what;
  const std::string& name = options.name;
  const std::string limit = options.limit > 0 ? "limit=" + std::to_string(options.limit) : "";
  if (what == "signals" || what == "silences") return "/api/v1/" + what + "?";
  if (what == "reconcilers" || what == "playbooks") {
    return "/api/v1/" + what + (name.empty() ? "?" + limit : "/" + encoded(name));
  }
  if (what == "drifts") return "/api/v1/reconcilers/" + encoded(name) + "/drifts?" + limit;
  const std::string of = "?reconciler=" + encoded(name) + "&" + limit;
  if (what == "decisions" || what == "notices") return "/api/v1/" + what + of;
  return "/api/v1/repairs" + of + (options.active ? "&active=true" : "");
}

Listing reconcilers() {
  return {
      "reconcilers",
      {column("NAME", "name"), column("MODE", "mode"), column("STATUS", "status"),
       column("DRIFT", "drift"), column("DESIRED", "desired"), age_column("AGE", "lookedAt"),
       column("EXTRAS", "extras", true), column("UNKNOWN", "unknown", true),
       column("OWNER", "owner", true), column("SINCE", "since", true),
       column("UNTIL", "until", true), column("HELD PLAN", "heldPlan", true), column("WHY", "why")},
      [](const Document& item) { return member(item, "name"); }};
}

std::string review_of(const Document& item) {
  return member(item, "reviewBy") + (member(item, "stale") == "true" ? " (stale)" : "");
}

std::string step_count(const Document& item) {
  const auto steps = item.members.find("steps");
  return std::to_string(steps == item.members.end() ? 0 : steps->second.items.size());
}

Listing playbooks() {
  return {"playbooks",
          {column("NAME", "name"),
           column("OWNER", "owner"),
           {"STEPS", step_count},
           {"REVIEW BY", review_of},
           column("TIMEOUT", "timeout", true),
           column("VERSION", "version", true),
           column("TITLE", "title")},
          [](const Document& item) { return member(item, "name"); }};
}

std::string key_of(const Document& item) {
  return safe_text(bytes_of(item, "key"), 100);
}

Listing drifts() {
  return {"drifts",
          {{"KEY", key_of},
           column("STATE", "state"),
           column("ATTEMPTS", "attempts"),
           column("FIRST SEEN", "firstSeen"),
           column("UNTIL", "until", true),
           column("PLAN", "plan", true)},
          key_of};
}

Listing decisions() {
  return {"decisions",
          {column("AT", "at"),
           column("RECONCILER", "reconciler"),
           column("VERDICT", "verdict"),
           {"FIRST REASON", first_reason},
           column("PLAN", "plan", true)},
          [](const Document& item) { return member(item, "id"); }};
}

Listing notices() {
  return {
      "notices",
      {column("CHANNEL", "channel"), column("RECONCILER", "reconciler"), column("STATUS", "status"),
       column("SINCE", "since"), column("TOLD", "told"), column("TOLD AT", "toldAt", true),
       column("OWED", "owed"), column("ATTEMPTS", "attempts", true),
       column("NEXT ATTEMPT", "nextAttempt", true), column("ERROR", "error")},
      [](const Document& item) { return member(item, "matter"); }};
}

// "price-cache above 20ms (hold): holding", each use.
std::string uses_of(const Document& item) {
  std::string out;
  const auto uses = item.members.find("uses");
  if (uses == item.members.end()) return out;
  for (const Document& use : uses->second.items) {
    out += (out.empty() ? "" : "; ") + member(use, "reconciler") + " " + member(use, "rule") +
           " (" + member(use, "then") + "): " + member(use, "state");
  }
  return out;
}

// "threshold: firing", "anomaly: paused (noisy)"; nothing without a detector.
std::string detector_of(const Document& item) {
  const auto detector = item.members.find("detector");
  if (detector == item.members.end()) return "";
  const std::string paused = member(detector->second, "paused");
  return member(detector->second, "by") + ": " +
         (paused.empty() ? member(detector->second, "state") : "paused (" + paused + ")");
}

Listing signals() {
  return {"signals",
          {column("NAME", "name"),
           column("TARGET", "target"),
           column("BY", "kind"),
           column("VALUE", "value"),
           age_column("AGE", "measuredAt"),
           column("STATE", "state"),
           {"DETECTOR", detector_of},
           {"USED BY", uses_of},
           column("WHY", "why")},
          [](const Document& item) { return member(item, "name"); }};
}

std::string undo_mark(const Document& item) {
  return member(item, "undo") == "true" ? "undo" : "";
}

}  // namespace

Listing repairs_listing() {
  return {"repairs",
          {column("ID", "id"),
           column("RECONCILER", "reconciler"),
           column("STATE", "state"),
           {"UNDO", undo_mark},
           column("CHANGED", "changed"),
           column("REFUSED", "refused"),
           column("FAILED", "failed"),
           column("CREATED", "createdAt"),
           column("STARTED", "startedAt", true),
           column("ENDED", "endedAt", true),
           column("REQUESTER", "requester", true),
           column("RELEASED", "released", true),
           column("NOTE", "note")},
          [](const Document& item) { return member(item, "id"); }};
}

static Listing listing_of(const std::string& what) {
  if (what == "reconcilers") return reconcilers();
  if (what == "playbooks") return playbooks();
  if (what == "drifts") return drifts();
  if (what == "notices") return notices();
  if (what == "signals") return signals();
  if (what == "silences") return silences_listing();
  return what == "decisions" ? decisions() : repairs_listing();
}

int get_command(RemoteContext& context, const GetOptions& options) {
  if (options.what == "drifts" && options.name.empty()) {
    context.err << "sideband: name the reconciler: sideband get drifts RECONCILER\n";
    return kUsage;
  }
  const auto answer = context.api.get(path_of(options));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  print_listing(context, listing_of(options.what), *answer);
  return kOk;
}

}  // namespace sideband::cli
