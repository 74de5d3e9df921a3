#include "cli/scan_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

#include "base/jcs.h"
#include "checkup/notes.h"
#include "cli/plan_view.h"
#include "cli/table.h"

namespace sideband::cli {
namespace {

using scan::Finding;
using scan::ProbeReport;
using scan::Remedy;

constexpr std::size_t kMaxCell = 120;
// Long enough for the names of what a repair would take with it.
constexpr std::size_t kMaxWhat = 300;
constexpr std::size_t kMaxCommand = 400;

struct Counts {
  std::int64_t driver = 0, hand = 0, none = 0;
  [[nodiscard]] std::int64_t all() const { return driver + hand + none; }
};

Counts count(const std::vector<ProbeReport>& reports) {
  Counts counts;
  for (const ProbeReport& report : reports) {
    for (const Finding& finding : report.findings) {
      ++(finding.remedy == Remedy::kDriver   ? counts.driver
         : finding.remedy == Remedy::kByHand ? counts.hand
                                             : counts.none);
    }
  }
  return counts;
}

// A command that is cut off would be another command.
std::string repair_text(const Finding& finding) {
  const std::string with = safe_text(finding.with, kMaxCommand * 2);
  if (finding.remedy == Remedy::kReportOnly || with.size() > kMaxCommand) return "report only";
  return finding.remedy == Remedy::kByHand ? "by hand: " + with : with;
}

// "2026-11-24 09:00", UTC.
std::string since_text(const Finding& finding) {
  if (!finding.since) return "-";
  const std::string text = format_time(*finding.since);
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

Row row_of(const Finding& finding) {
  return {finding.kind, safe_text(finding.where, kMaxCell), safe_text(finding.what, kMaxWhat),
          since_text(finding), repair_text(finding)};
}

const char* color_of(Remedy remedy) {
  return remedy == Remedy::kDriver ? "32" : remedy == Remedy::kByHand ? "33" : "2";
}

void print_findings(std::ostream& out, const std::vector<ProbeReport>& reports, bool color) {
  std::vector<Row> rows = {{"KIND", "WHERE", "WHAT IS DIFFERENT", "SINCE", "WOULD REPAIR WITH"}};
  std::vector<Remedy> remedies;
  for (const ProbeReport& report : reports) {
    for (const Finding& finding : report.findings) {
      rows.push_back(row_of(finding));
      remedies.push_back(finding.remedy);
    }
  }
  if (remedies.empty()) return;
  print_table(out, rows, [&](const std::string& text, std::size_t row, std::size_t column) {
    if (!color || row == 0) return text;
    const char* const code = column == 0 ? "31" : column == 4 ? color_of(remedies[row - 1]) : "";
    return *code == '\0' ? text : fmt::format("\033[{}m{}\033[0m", code, text);
  });
  out << "\n";
}

void print_gaps(std::ostream& out, const std::vector<ProbeReport>& reports) {
  bool any = false;
  for (const ProbeReport& report : reports) {
    for (const scan::Gap& gap : report.gaps) {
      if (!any) out << "Not looked at:\n";
      any = true;
      out << fmt::format("  {:<12} {}: {}\n", report.kind, safe_text(gap.what, kMaxCell),
                         safe_text(gap.why, kMaxCell * 2));
    }
  }
  if (any) out << "\n";
}

const char* state_of(const ProbeReport& report) {
  return report.blind() ? "not_looked" : report.looked_at == 0 ? "nothing_here" : "looked";
}

std::string probe_json(const ProbeReport& report) {
  std::vector<std::string> gaps;
  for (const scan::Gap& gap : report.gaps) gaps.push_back(scan::gap_json(gap));
  JsonObject out;
  out.add("kind", report.kind).add("state", state_of(report));
  out.add("lookedAt", report.looked_at);
  out.add("findings", static_cast<std::int64_t>(report.findings.size()));
  out.add("tookMs", static_cast<std::int64_t>(report.took.count() / 1000));
  out.add_json("notLookedAt", json_array(gaps));
  return out.text();
}

std::string plural(std::int64_t number, const char* word) {
  return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

}  // namespace

std::string scan_summary(const std::vector<ProbeReport>& reports) {
  const Counts counts = count(reports);
  std::string text = counts.all() == 0 ? "nothing found" : plural(counts.all(), "finding");
  std::vector<std::string> parts;
  if (counts.driver > 0)
    parts.push_back(fmt::format("{} a reconciler could repair", counts.driver));
  if (counts.hand > 0) parts.push_back(fmt::format("{} by hand", counts.hand));
  if (counts.none > 0) parts.push_back(fmt::format("{} report only", counts.none));
  if (!parts.empty()) text += fmt::format(": {}", fmt::join(parts, ", "));
  std::vector<std::string> blind;
  for (const ProbeReport& report : reports) {
    if (report.blind()) blind.push_back(report.kind);
  }
  if (blind.empty()) return text;
  return text + fmt::format("; {} did not look: {}",
                            plural(static_cast<std::int64_t>(blind.size()), "probe"),
                            fmt::join(blind, ", "));
}

void print_scan(std::ostream& out, const std::vector<ProbeReport>& reports, bool color) {
  print_findings(out, reports, color);
  print_gaps(out, reports);
  out << scan_summary(reports) << "\n";
}

void print_scan_names(std::ostream& out, const std::vector<ProbeReport>& reports) {
  for (const ProbeReport& report : reports) {
    for (const Finding& finding : report.findings) {
      out << finding.kind << " " << safe_text(finding.where, kMaxCell) << "\n";
    }
  }
}

std::string scan_json(const std::vector<ProbeReport>& reports) {
  std::vector<std::string> findings, probes;
  for (const ProbeReport& report : reports) {
    for (const Finding& finding : report.findings) findings.push_back(scan::finding_json(finding));
    probes.push_back(probe_json(report));
  }
  const Counts counts = count(reports);
  JsonObject summary;
  summary.add("findings", counts.all()).add("driver", counts.driver).add("hand", counts.hand);
  summary.add("reportOnly", counts.none);
  JsonObject out;
  out.add("format", "sideband-scan/1").add_json("findings", json_array(findings));
  out.add_json("probes", json_array(probes)).add_json("summary", summary.text());
  return out.text();
}

}  // namespace sideband::cli
