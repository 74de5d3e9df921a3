#include "checkup/notes.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/jcs.h"
#include "checkup/words.h"
#include "model/document.h"

namespace sideband::scan {
namespace {

const char* remedy_name(Remedy remedy) {
  return remedy == Remedy::kDriver ? "driver" : remedy == Remedy::kByHand ? "hand" : "none";
}

Remedy remedy_of(const std::string& name) {
  return name == "driver" ? Remedy::kDriver
         : name == "hand" ? Remedy::kByHand
                          : Remedy::kReportOnly;
}

std::string repair_json(const Finding& finding) {
  JsonObject repair;
  repair.add("by", remedy_name(finding.remedy));
  if (!finding.with.empty()) repair.add("with", finding.with);
  return repair.text();
}

Finding finding_of(const Document& document) {
  Finding finding;
  finding.kind = member_text(document, "kind");
  finding.where = member_text(document, "where");
  finding.what = member_text(document, "what");
  const auto since = parse_time(member_text(document, "since"));
  if (since.ok()) finding.since = *since;
  if (const auto repair = document.members.find("repair"); repair != document.members.end()) {
    finding.remedy = remedy_of(member_text(repair->second, "by"));
    finding.with = member_text(repair->second, "with");
  }
  return finding;
}

std::string note(const char* name, const std::string& json) {
  return JsonObject().add_json(name, json).text();
}

}  // namespace

std::string finding_json(const Finding& finding) {
  JsonObject out;
  out.add("kind", finding.kind).add("where", finding.where).add("what", finding.what);
  out.add_json("repair", repair_json(finding));
  out.add_json("since", finding.since ? json_string(format_time(*finding.since)) : "null");
  return out.text();
}

std::string gap_json(const Gap& gap) {
  return JsonObject().add("what", gap.what).add("why", gap.why).text();
}

Notes::Notes(std::string kind, Listener listener) : listener_(std::move(listener)) {
  report_.kind = std::move(kind);
}

void Notes::tell(const std::string& line) const {
  if (listener_) listener_(line);
}

void Notes::found(Finding finding) {
  if (report_.findings.size() >= kMaxOfAKind) {
    ++more_findings_;
    return;
  }
  finding.kind = report_.kind;
  tell(note("finding", finding_json(finding)));
  report_.findings.push_back(std::move(finding));
}

void Notes::gap(std::string what, std::string why) {
  if (report_.gaps.size() >= kMaxOfAKind) {
    ++more_gaps_;
    return;
  }
  report_.gaps.push_back({std::move(what), std::move(why)});
  tell(note("gap", gap_json(report_.gaps.back())));
}

void Notes::looked() {
  // The first is told at once: a probe that is stopped later has looked at something.
  if (++report_.looked_at == 1) {
    tell(note("looked", "1"));
    told_looks_ = 1;
  }
}

void Notes::finish() {
  const auto add = [this](std::int64_t& count, const char* what) {
    if (count == 0) return;
    report_.gaps.push_back({fmt::format("{} more {}", count, what), "only the first are shown"});
    tell(note("gap", gap_json(report_.gaps.back())));
    count = 0;
  };
  add(more_findings_, "findings");
  add(more_gaps_, "things that were not looked at");
  if (report_.looked_at == told_looks_) return;
  tell(note("looked", std::to_string(report_.looked_at - told_looks_)));
  told_looks_ = report_.looked_at;
}

Result<void> read_note(const std::string& line, ProbeReport& report) {
  SB_ASSIGN(const Document document, parse_json(line));
  for (const auto& [name, value] : document.members) {
    if (name == "finding") report.findings.push_back(finding_of(value));
    if (name == "gap")
      report.gaps.push_back({member_text(value, "what"), member_text(value, "why")});
    if (name == "looked") report.looked_at += std::atoll(value.text.c_str());
  }
  return {};
}

}  // namespace sideband::scan
