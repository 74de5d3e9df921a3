#include "cli/status_view.h"

#include <fmt/format.h>

#include <ostream>

#include "cli/listing.h"
#include "cli/remote_answers.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMaxLine = 400;

std::string headline(const Document& reconciler) {
  std::string out = member(reconciler, "status");
  const std::string since = member(reconciler, "since");
  const std::string until = member(reconciler, "until");
  if (!since.empty()) out += " since " + since;
  if (!until.empty()) out += " until " + until;
  return out;
}

// "20 items, good since T; the most of late were 22".
std::string source_text(const Document& source) {
  const std::string condition = member(source, "condition");
  const std::string since = member(source, "since");
  if (number(source, "desired") < 0) return "not read yet";
  std::string out = member(source, "desired") + " item(s), " + condition;
  if (!since.empty()) out += " since " + since;
  if (number(source, "baseline") >= 0) {
    out += "; the most of late were " + member(source, "baseline");
  }
  return out;
}

void print_source(RemoteContext& context, const Document& reconciler) {
  const auto found = reconciler.members.find("desiredSource");
  if (found == reconciler.members.end()) return;
  const Document& source = found->second;
  print_line(context.out, "desired", source_text(source));
  const std::string error = member(source, "error");
  if (!error.empty()) {
    print_line(context.out, "error", error + " (since " + member(source, "errorSince") + ")");
  }
  const std::string by = member(source, "acceptedBy");
  if (!by.empty()) {
    print_line(context.out, "accepted",
               "its size, by " + by + ": " + member(source, "acceptedReason") +
                   "; a second person has to say the same");
  }
}

std::string figures(const Document& reconciler) {
  std::string out = member(reconciler, "drift") + " differ, " + member(reconciler, "extras") +
                    " extra, " + member(reconciler, "unknown") + " unknown";
  const std::string first = member(reconciler, "firstUnknown");
  return first.empty() ? out : out + ", the first: " + first;
}

// Of those that differ; empty where nothing keeps any of them.
std::string rests(const Document& reconciler) {
  std::string out;
  const auto add = [&](const char* key, const char* text) {
    const std::int64_t count = number(reconciler, key);
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, text);
  };
  add("suspect", "have to last (detect.for)");
  add("cooling", "rest after a repair");
  add("busy", "are at work");
  add("failed", "failed again and again");
  add("flapping", "came back again and again");
  return out;
}

}  // namespace

void print_line(std::ostream& out, const char* name, const std::string& value) {
  if (!value.empty()) out << fmt::format("  {:<12} {}\n", name, safe_text(value, kMaxLine));
}

bool is_unseen(const Document& reconciler) {
  const std::string status = member(reconciler, "status");
  return status == "failing" || status == "blind" || status == "not_yet_looked";
}

void print_status(RemoteContext& context, const Document& reconciler) {
  print_line(context.out, "status", headline(reconciler));
  print_line(context.out, "why", member(reconciler, "why"));
  ViewOptions view;
  view.color = context.color;
  print_reasons(context.out, reasons_of(reconciler, "gates"), view);
  print_source(context, reconciler);
  print_line(context.out, "figures", figures(reconciler));
  print_line(context.out, "of these", rests(reconciler));
  const std::string looked = member(reconciler, "lookedAt");
  print_line(context.out, "last look",
             looked.empty() ? "none ended well yet"
                            : looked + ", " + age_of(reconciler, "lookedAt") + " ago");
  print_line(context.out, "it read", member(reconciler, "lastLook"));
}

}  // namespace sideband::cli
