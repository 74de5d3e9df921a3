#include "cli/silence_commands.h"

#include <fmt/format.h>

#include "base/jcs.h"
#include "cli/exit_codes.h"
#include "cli/remote_answers.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kShownNames = 20;

void print_matches(RemoteContext& context, const Document& silence) {
  const auto found = silence.members.find("matches");
  if (found == silence.members.end()) return;
  const auto& names = found->second.items;
  if (names.empty()) {
    context.out << "  it matches nothing that is configured now\n";
    return;
  }
  context.out << fmt::format("  it matches {} reconciler(s) now:\n", names.size());
  for (std::size_t i = 0; i < std::min(names.size(), kShownNames); ++i) {
    context.out << "    " << safe_text(names[i].text, 200) << "\n";
  }
  if (names.size() > kShownNames) {
    context.out << fmt::format("    ... and {} more\n", names.size() - kShownNames);
  }
}

std::string body_of(const SilenceOptions& options) {
  JsonObject body;
  if (!options.reconciler.empty()) body.add("reconciler", options.reconciler);
  if (!options.owner.empty()) body.add("owner", options.owner);
  if (!options.target.empty()) body.add("target", options.target);
  if (!options.labels.empty()) body.add_json("labels", json_strings(options.labels));
  if (options.all) body.add("all", true);
  body.add("for", options.length).add("reason", options.reason);
  if (options.dry_run) body.add("dryRun", true);
  return body.text();
}

}  // namespace

Listing silences_listing() {
  return {"silences",
          {column("ID", "id"), column("OF", "of"), column("MATCHES", "count"),
           column("STATE", "state"), column("UNTIL", "until"), column("BY", "by"),
           column("SINCE", "since", true), column("REASON", "reason")},
          [](const Document& item) { return member(item, "id"); }};
}

int silence_add_command(RemoteContext& context, const SilenceOptions& options) {
  const auto answer = context.api.post("/api/v1/silences", body_of(options));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  if (context.format != "table") {
    print_listing(context, silences_listing(), *answer);
    return kOk;
  }
  const Document& silence = answer->body;
  const std::string of = safe_text(member(silence, "of"), 400);
  context.out << (options.dry_run
                      ? "DRY-RUN: would silence " + of + "\n"
                      : fmt::format("silence {} of {}, until {}\n", member(silence, "id"), of,
                                    member(silence, "until")));
  print_matches(context, silence);
  return kOk;
}

int silence_list_command(RemoteContext& context) {
  const auto answer = context.api.get("/api/v1/silences");
  if (const int failed = report(context, answer); failed != kOk) return failed;
  print_listing(context, silences_listing(), *answer);
  return kOk;
}

int silence_expire_command(RemoteContext& context, const std::string& id) {
  const auto answer = context.api.post("/api/v1/silences/" + encoded(id) + "/expire", "{}");
  if (const int failed = report(context, answer); failed != kOk) return failed;
  context.out << "silence " << id << " has ended\n";
  return kOk;
}

}  // namespace sideband::cli
