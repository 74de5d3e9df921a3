#include "store/convert.h"

#include "model/repair.h"
#include "store/columns.h"

namespace sideband {
namespace {

struct OldHead {
  std::string reconciler;
  WallTime scanned_at;
  std::int64_t last_good_desired = -1;
  std::string verdict;
  std::string note;
};

OldHead old_head_from(Columns& row) {
  OldHead head;
  head.reconciler = row.text();
  head.scanned_at = row.time();
  head.last_good_desired = row.integer();
  head.verdict = row.text();
  head.note = row.text();
  return head;
}

// "gate: what it saw".
std::vector<Reason> refusals_of(const OldHead& head) {
  const std::size_t colon = head.note.find(": ");
  const auto gate = gate_from_name(head.note.substr(0, colon));
  if (head.verdict != "hold" || colon == std::string::npos || !gate.ok()) return {};
  Reason reason{*gate, Truth::kFalse, {}};
  reason.with(Evidence::of("saw", head.note.substr(colon + 2)));
  return {reason.with(Evidence::of("until", "the next scan"))};
}

SourceState source_of(const OldHead& head, const std::vector<Reason>& refusals) {
  SourceState state;
  if (head.last_good_desired < 0) return state;
  state.condition = SourceCondition::kGood;
  state.desired = state.baseline = state.fewest = head.last_good_desired;
  state.since = head.scanned_at;
  for (const Reason& reason : refusals) {
    if (reason.gate == GateId::kSource) state.condition = SourceCondition::kSuspect;
    if (reason.gate == GateId::kAllowEmpty) state.condition = SourceCondition::kEmpty;
  }
  return state;
}

Result<void> convert_heads(Connection& connection) {
  SB_ASSIGN(const auto heads,
            collect(connection,
                    "SELECT reconciler, scanned_at, last_good_desired, verdict, note FROM heads",
                    {}, old_head_from));
  for (const OldHead& head : heads) {
    const std::vector<Reason> refusals = refusals_of(head);
    const std::string reasons = encode_reasons(refusals);
    const std::string source = encode_source(source_of(head, refusals));
    SB_TRY(connection.execute("UPDATE heads SET refusals = $1, source = $2 WHERE reconciler = $3",
                              {Param::blob(reasons), Param::blob(source), head.reconciler}));
  }
  return {};
}

std::string known_gates(std::string_view released) {
  GateSet set;
  while (!released.empty()) {
    const std::size_t comma = released.find(',');
    const auto gate = gate_from_name(released.substr(0, comma));
    if (gate.ok()) set.add(*gate);
    released.remove_prefix(comma == std::string_view::npos ? released.size() : comma + 1);
  }
  return set.text();
}

Result<void> convert_releases(Connection& connection) {
  SB_ASSIGN(const auto texts, collect(connection, "SELECT DISTINCT released FROM repairs", {},
                                      [](Columns& row) { return row.text(); }));
  for (const std::string& text : texts) {
    const std::string known = known_gates(text);
    if (known == text) continue;
    SB_TRY(
        connection.execute("UPDATE repairs SET released = $1 WHERE released = $2", {known, text}));
  }
  return {};
}

}  // namespace

Result<void> convert_heads_and_releases(Connection& connection) {
  SB_TRY(convert_heads(connection));
  return convert_releases(connection);
}

}  // namespace sideband
