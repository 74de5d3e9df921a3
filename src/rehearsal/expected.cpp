#include "rehearsal/expected.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/runtime/status_facts.h"
#include "policy/gates/gate.h"
#include "rehearsal/staged_items.h"

namespace sideband::sim {
namespace {

// More than any test begins.
constexpr std::int64_t kAllRepairs = 1'000'000;

std::string with_gates(const ReconcilerStatus& status) {
  std::string text = status.why;
  for (const Reason& reason : status.gates) {
    text += (text.empty() ? "" : "; ") + refusal_text(reason);
    const std::string opens = opens_text(reason);
    if (!opens.empty()) text += "; opens: " + opens;
  }
  return text;
}

std::string listed(const std::set<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

Result<void> read_seen(StoreReader& reader, const Engine& engine,
                       const ReconcilerSettings& reconciler, WallTime now, Seen& seen) {
  SB_ASSIGN(const auto facts,
            gather_status(reader, reconciler, engine.status_of(reconciler.name), now));
  const ReconcilerStatus status = status_of(facts);
  seen.status = status_name(status.kind);
  seen.why = with_gates(status);
  SB_ASSIGN(const auto decisions, reader.decisions(reconciler.name, 1));
  for (const Decision& decision : decisions) {
    for (const Reason& reason : decision.reasons) {
      if (!reason.passed()) seen.holds.insert(std::string(gate_name(reason.gate)));
    }
  }
  RepairFilter filter;
  filter.reconciler = reconciler.name;
  filter.limit = kAllRepairs;
  SB_ASSIGN(const auto repairs, reader.repairs(filter));
  for (const Repair& repair : repairs) seen.repairs += repair.started_at == WallTime() ? 0 : 1;
  return {};
}

}  // namespace

Result<Seen> see(Store& store, const Engine& engine, const ReconcilerSettings& reconciler,
                 Stage& stage, WallTime now) {
  Seen seen;
  SB_TRY(store.read(
      [&](StoreReader& reader) { return read_seen(reader, engine, reconciler, now, seen); }));
  const StagedPair pair(stage, reconciler);
  seen.changed = pair.changed();
  seen.differ = pair.differ();
  return seen;
}

std::vector<std::string> differences(const Expectation& expected, const Seen& seen) {
  std::vector<std::string> out;
  const auto differs = [&](const char* what, const std::string& want, const std::string& got) {
    out.push_back(fmt::format("{}: expected {}, got {}", what, want, got));
  };
  const auto count = [&](const char* what, std::int64_t want, std::int64_t got) {
    if (want >= 0 && want != got) differs(what, std::to_string(want), std::to_string(got));
  };
  if (!expected.status.empty() && expected.status != seen.status) {
    differs("status", expected.status,
            seen.status + (seen.why.empty() ? "" : " (" + seen.why + ")"));
  }
  const std::set<std::string> holds(expected.holds.begin(), expected.holds.end());
  if (!holds.empty() && holds != seen.holds) differs("holds", listed(holds), listed(seen.holds));
  if (seen.why.find(expected.why) == std::string::npos) {
    differs("why", '"' + expected.why + '"', '"' + seen.why + '"');
  }
  count("repairs", expected.repairs, seen.repairs);
  count("changed", expected.changed, seen.changed);
  count("differ", expected.differ, seen.differ);
  return out;
}

}  // namespace sideband::sim
