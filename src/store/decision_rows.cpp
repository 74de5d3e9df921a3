#include "store/decision_rows.h"

#include "store/columns.h"

namespace sideband {
namespace {

const RowStatement kInsertDecision =
    RowStatement::insert(StoreTable::kDecisions, "id, reconciler, plan, made_at, verdict, reasons");

Decision decision_from(Columns& row) {
  Decision decision;
  decision.id = row.uuid();
  decision.reconciler = row.text();
  decision.plan = row.uuid();
  decision.at = row.time();
  decision.verdict = row.choice(Verdict::kEscalate);
  auto reasons = decode_reasons(row.text());
  if (!reasons.ok()) row.damage();
  if (reasons.ok()) decision.reasons = std::move(*reasons);
  return decision;
}

}  // namespace

Result<std::vector<Decision>> DecisionRows::decisions(const std::string& reconciler,
                                                      std::int64_t limit) {
  if (reconciler.empty()) {
    return collect(db_,
                   "SELECT id, reconciler, plan, made_at, verdict, reasons FROM decisions"
                   " ORDER BY id DESC LIMIT $1",
                   {limit}, decision_from);
  }
  return collect(db_,
                 "SELECT id, reconciler, plan, made_at, verdict, reasons FROM decisions"
                 " WHERE reconciler = $1 ORDER BY id DESC LIMIT $2",
                 {reconciler, limit}, decision_from);
}

Result<std::optional<Decision>> DecisionRows::decision(const Uuid& id) {
  return find(db_,
              "SELECT id, reconciler, plan, made_at, verdict, reasons FROM decisions"
              " WHERE id = $1",
              {id}, decision_from);
}

// Ids sort by time, and nothing is decided about a plan before it is begun.
Result<std::vector<Decision>> DecisionRows::decisions_about(const std::string& reconciler,
                                                            const Uuid& plan, std::int64_t limit) {
  return collect(db_,
                 "SELECT id, reconciler, plan, made_at, verdict, reasons FROM decisions"
                 " WHERE reconciler = $1 AND id >= $2 AND plan = $3 ORDER BY id LIMIT $4",
                 {reconciler, Uuid::first_of(plan.made_at()), plan, limit}, decision_from);
}

Result<void> DecisionRows::insert_decision(const Decision& decision) {
  const std::string reasons = encode_reasons(decision.reasons);
  return db_.post_row(kInsertDecision, decision.id.bytes(),
                      {decision.id, decision.reconciler, decision.plan, decision.at,
                       static_cast<int>(decision.verdict), Param::blob(reasons)});
}

}  // namespace sideband
