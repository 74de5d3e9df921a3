#include "cli/table_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/jcs.h"
#include "cli/plan_view.h"
#include "cli/printable.h"
#include "cli/table_fit.h"

namespace sideband::cli {
namespace {

constexpr Duration kSidePatience = std::chrono::seconds(30);
constexpr std::size_t kMaxFindingText = 400;

// Findings of columns that fields name are about those.
std::string option_of(const CollectionSettings& side, const TableFinding& finding) {
  const bool field = finding.option == "columns" && side.fields.contains(finding.missing_column);
  return field ? "fields." + finding.missing_column : finding.option;
}

class TableChecking {
 public:
  TableChecking(const Settings& settings, const AskTables& ask) : settings_(settings), ask_(ask) {}

  std::vector<PlacedFinding> run() {
    for (const auto& [name, one] : settings_.reconcilers) look_at(name, one);
    return std::move(found_);
  }

 private:
  void look_at(const std::string& name, const ReconcilerSettings& one) {
    const TableReport desired = ask(one.desired, Role::kDesired);
    const Role role = one.mode == Mode::kObserve ? Role::kDesired : Role::kActual;
    TableReport actual = ask(one.actual, role);
    const auto driver = [this](const std::string& target) {
      return settings_.targets.at(target).driver;
    };
    if (driver(one.desired.target) == driver(one.actual.target)) {
      add_columns_to_make(one.actual, desired, actual);
    }
    place(name, "spec.desired.", one.desired, desired.findings);
    place(name, "spec.actual.", one.actual, actual.findings);
    place(name, "spec.actual.", one.actual, misfits_of(one.actual, desired, actual));
  }

  TableReport ask(const CollectionSettings& side, Role role) {
    auto report = ask_(settings_.targets.at(side.target), side, role, kSidePatience);
    return report.ok() ? std::move(*report) : untold(report.error());
  }

  // What cannot be reached, or is refused as a whole, is told with its grants.
  static TableReport untold(const Error& error) {
    TableReport report;
    const bool told = error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kInvalid ||
                      error.code == ErrorCode::kPermission;
    if (told) return report;
    report.add(FindingLevel::kUnknown, "target", "its table could not be looked at", error.message);
    return report;
  }

  void place(const std::string& name, const std::string& below, const CollectionSettings& side,
             const std::vector<TableFinding>& findings) {
    for (const TableFinding& finding : findings) {
      found_.push_back({name, below + option_of(side, finding), finding});
    }
  }

  const Settings& settings_;
  const AskTables& ask_;
  std::vector<PlacedFinding> found_;
};

config::Span span_of(const PlacedFinding& one, const policy::Compiled& sources) {
  const auto node = sources.reconcilers.find(one.reconciler);
  return node == sources.reconcilers.end() ? config::Span() : span_at(node->second, one.path);
}

// One finding as `check` would say it.
std::string message_of(const PlacedFinding& one, const policy::Compiled& sources, bool color) {
  config::Messages messages = sources.messages;
  messages.keep_warnings_about("");
  const std::string text = safe_text(one.finding.text, kMaxFindingText);
  if (one.finding.level == FindingLevel::kError) {
    messages.error(span_of(one, sources), one.path, text);
  } else {
    messages.warning(span_of(one, sources), one.path, text, one.reconciler);
  }
  return messages.render(color);
}

std::string_view level_name(FindingLevel level) {
  constexpr std::string_view kNames[] = {"error", "warning", "unknown"};
  return kNames[static_cast<std::size_t>(level)];
}

}  // namespace

std::vector<PlacedFinding> look_at_tables(const Settings& settings, const AskTables& ask) {
  return TableChecking(settings, ask).run();
}

std::size_t count_findings(const std::vector<PlacedFinding>& findings, FindingLevel level) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const PlacedFinding& one) { return one.finding.level == level; }));
}

std::string tables_summary(const std::vector<PlacedFinding>& findings) {
  const std::size_t errors = count_findings(findings, FindingLevel::kError);
  const std::size_t warnings = count_findings(findings, FindingLevel::kWarning);
  return fmt::format("tables: {} error{}, {} warning{}, {} unknown\n", errors,
                     errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s",
                     count_findings(findings, FindingLevel::kUnknown));
}

void print_findings(std::ostream& out, const std::vector<PlacedFinding>& findings,
                    const policy::Compiled& sources, bool color) {
  for (const PlacedFinding& one : findings) {
    const TableFinding& finding = one.finding;
    out << "\n" << message_of(one, sources, color);
    if (!finding.evidence.empty()) {
      out << "  seen: " << safe_text(finding.evidence, kMaxFindingText) << "\n";
    }
    if (!finding.remedy.run.empty()) out << "  run: " << pasted(finding.remedy.run) << "\n";
    if (!finding.remedy.advice.empty()) {
      out << "  do: " << safe_text(finding.remedy.advice, kMaxFindingText) << "\n";
    }
  }
}

std::string findings_json(const std::vector<PlacedFinding>& findings,
                          const policy::Compiled& sources) {
  std::string items;
  for (const PlacedFinding& one : findings) {
    JsonObject item;
    item.add("reconciler", one.reconciler);
    item.add("path", one.path);
    item.add("place", sources.messages.place(span_of(one, sources)));
    item.add("level", std::string(level_name(one.finding.level)));
    item.add("text", one.finding.text);
    item.add("evidence", one.finding.evidence);
    item.add("run", one.finding.remedy.run);
    item.add("advice", one.finding.remedy.advice);
    items += (items.empty() ? "" : ",") + item.text();
  }
  return "[" + items + "]";
}

}  // namespace sideband::cli
