#include "store/plan_rows.h"

#include "store/columns.h"
#include "store/enum_sql.h"

namespace sideband {
namespace {

const RowStatement kInsertPlan = RowStatement::insert(
    StoreTable::kPlans,
    "id, reconciler, reconciler_version, guardrails_version, state, hash, creates, updates, "
    "erases, desired, chunks, low, high, observed_at, created_at, whole");
const RowStatement kInsertChunk = RowStatement::insert(StoreTable::kChunks, "plan, seq, changes");

Plan plan_from(Columns& row) {
  Plan plan;
  plan.id = row.uuid();
  plan.reconciler = row.text();
  plan.reconciler_version = row.text();
  plan.guardrails_version = row.text();
  plan.state = row.choice(PlanState::kSealed);
  plan.hash = row.text();
  plan.counts.create = row.integer();
  plan.counts.update = row.integer();
  plan.counts.erase = row.integer();
  plan.counts.desired = row.integer();
  plan.chunks = row.integer();
  plan.low = row.text();
  plan.high = row.text();
  plan.observed_at = row.time();
  plan.created_at = row.time();
  plan.whole = row.flag();
  return plan;
}

}  // namespace

Result<std::optional<Plan>> PlanRows::plan(const Uuid& id) {
  return find(
      db_,
      "SELECT id, reconciler, reconciler_version, guardrails_version, state, hash, creates,"
      " updates, erases, desired, chunks, low, high, observed_at, created_at, whole FROM plans"
      " WHERE id = $1",
      {id}, plan_from);
}

Result<std::string> PlanRows::chunk(const Uuid& plan, std::int64_t seq) {
  SB_ASSIGN(auto found, find(db_, "SELECT changes FROM chunks WHERE plan = $1 AND seq = $2",
                             {plan, seq}, [](Columns& row) { return row.text(); }));
  if (!found) {
    return Error::not_found("chunk " + std::to_string(seq) + " of plan " + plan.text() +
                            " is not in the store; it was pruned or never written");
  }
  return std::move(*found);
}

Result<void> PlanRows::insert_plan(const Plan& plan) {
  return db_.post_row(
      kInsertPlan, plan.id.bytes(),
      {plan.id, plan.reconciler, plan.reconciler_version, plan.guardrails_version,
       static_cast<int>(plan.state), plan.hash, plan.counts.create, plan.counts.update,
       plan.counts.erase, plan.counts.desired, plan.chunks, Param::blob(plan.low),
       Param::blob(plan.high), plan.observed_at, plan.created_at, plan.whole});
}

Result<void> PlanRows::insert_chunk(const Uuid& plan, std::int64_t seq,
                                    const std::string& changes) {
  return db_.post_row(kInsertChunk, std::string(plan.bytes()) + std::to_string(seq),
                      {plan, seq, Param::blob(changes)});
}

Result<void> PlanRows::replace_chunk(const Uuid& plan, std::int64_t seq,
                                     const std::string& changes) {
  const auto missed = [plan, seq] {
    return Error::not_found("no chunk " + std::to_string(seq) + " of plan " + plan.text());
  };
  return db_.post_one("UPDATE chunks SET changes = $1 WHERE plan = $2 AND seq = $3",
                      {Param::blob(changes), plan, seq}, missed);
}

Result<void> PlanRows::erase_chunks(const Uuid& plan, std::int64_t from) {
  return change(db_, "DELETE FROM chunks WHERE plan = $1 AND seq >= $2", {plan, from});
}

Result<void> PlanRows::update_plan(const Plan& plan) {
  const auto missed = [id = plan.id] {
    return Error::not_found("no plan " + id.text() + " in the store");
  };
  return db_.post_one(
      "UPDATE plans SET state = $1, hash = $2, creates = $3, updates = $4,"
      " erases = $5, desired = $6, chunks = $7, low = $8, high = $9"
      " WHERE id = $10",
      {static_cast<int>(plan.state), plan.hash, plan.counts.create, plan.counts.update,
       plan.counts.erase, plan.counts.desired, plan.chunks, Param::blob(plan.low),
       Param::blob(plan.high), plan.id},
      missed);
}

Result<void> PlanRows::erase_plan(const Uuid& plan) {
  SB_TRY(db_.post("DELETE FROM chunks WHERE plan = $1", {plan}));
  return change(db_, "DELETE FROM plans WHERE id = $1", {plan});
}

Result<void> PlanRows::erase_drafts(const std::string& reconciler) {
  SB_ASSIGN(const auto drafts,
            collect(db_, "SELECT id FROM plans WHERE reconciler = $1 AND state = " SB_SQL_DRAFT,
                    {reconciler}, [](Columns& row) { return row.uuid(); }));
  for (const Uuid& draft : drafts) SB_TRY(erase_plan(draft));
  return {};
}

}  // namespace sideband
