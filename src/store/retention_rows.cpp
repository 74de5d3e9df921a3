#include "store/retention_rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include "store/columns.h"
#include "store/enum_sql.h"

namespace sideband {
namespace {

// A row as a walk sees it: its key, its size, and when it was made where the id does not say.
struct SizedRow {
  StoreCursor key;
  std::int64_t bytes = 0;
  std::optional<WallTime> made;
};

SizedRow by_id(Columns& row) {
  SizedRow sized;
  sized.key.id = row.uuid();
  sized.key.number = row.integer();
  sized.bytes = row.integer();
  sized.made = sized.key.id.made_at();
  return sized;
}

SizedRow by_time(Columns& row) {
  SizedRow sized;
  sized.key.number = row.integer();
  sized.bytes = row.integer();
  sized.made = from_us(sized.key.number);
  return sized;
}

SizedRow by_number(Columns& row) {
  SizedRow sized = by_time(row);
  sized.made.reset();
  return sized;
}

StoreUse sum_up(const std::vector<SizedRow>& rows, WallTime due, std::int64_t limit) {
  StoreUse use;
  for (const SizedRow& row : rows) {
    ++use.rows;
    use.bytes += row.bytes;
    if (row.made && *row.made < due) ++use.due;
    if (row.made && (!use.oldest || *row.made < *use.oldest)) use.oldest = row.made;
  }
  if (std::cmp_greater_equal(rows.size(), limit)) use.next = rows.back().key;
  return use;
}

// By what a class is walked, in the order of its primary key. A time is a number too.
enum class WalkKey : std::uint8_t { kId, kIdAndNumber, kTime, kNumber };

struct SizeQuery {
  StoredClass which;
  WalkKey key;
  Sql sql;
};

// What is added to the lengths is about what numbers and ids take; PostgreSQL's lengths are cast
// because they are narrower.
constexpr std::array<SizeQuery, kStoredClasses> kSizeQueries = {{
    {StoredClass::kPlans, WalkKey::kId,
     "SELECT id, 0, CAST(100 + length(reconciler) + length(reconciler_version)"
     " + length(guardrails_version) + length(hash) + length(low) + length(high)"
     " AS BIGINT) FROM plans WHERE id > $1 ORDER BY id LIMIT $2"},
    {StoredClass::kChunks, WalkKey::kIdAndNumber,
     "SELECT plan, seq, CAST(24 + length(changes) AS BIGINT) FROM chunks"
     " WHERE (plan, seq) > ($1, $2) ORDER BY plan, seq LIMIT $3"},
    {StoredClass::kRepairs, WalkKey::kId,
     "SELECT id, 0, CAST(150 + length(reconciler) + length(requester)"
     " + length(released) + length(note) AS BIGINT)"
     " FROM repairs WHERE id > $1 ORDER BY id LIMIT $2"},
    {StoredClass::kSteps, WalkKey::kIdAndNumber,
     "SELECT repair, seq, CAST(50 + length(salt) + length(outcomes)"
     " + length(output) AS BIGINT) FROM steps"
     " WHERE (repair, seq) > ($1, $2) ORDER BY repair, seq LIMIT $3"},
    {StoredClass::kApprovals, WalkKey::kIdAndNumber,
     "SELECT repair, given_at, CAST(30 + length(identity) + length(plan_hash)"
     " + length(reconciler_version) + length(guardrails_version)"
     " + length(comment) AS BIGINT) FROM approvals"
     " WHERE (repair, given_at) > ($1, $2) ORDER BY repair, given_at LIMIT $3"},
    {StoredClass::kDecisions, WalkKey::kId,
     "SELECT id, 0, CAST(80 + length(reconciler) + length(reasons) AS BIGINT)"
     " FROM decisions WHERE id > $1 ORDER BY id LIMIT $2"},
    {StoredClass::kAnswers, WalkKey::kTime,
     "SELECT given_at, CAST(16 + length(key) + length(principal)"
     " + length(body_hash) + length(answer) AS BIGINT)"
     " FROM idempotent_answers WHERE given_at > $1 ORDER BY given_at LIMIT $2"},
    {StoredClass::kLeaves, WalkKey::kNumber,
     "SELECT idx, CAST(8 + length(record) AS BIGINT)"
     " FROM leaves WHERE idx > $1 ORDER BY idx LIMIT $2"},
}};

consteval bool are_in_order(const std::array<SizeQuery, kStoredClasses>& queries) {
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (queries[i].which != static_cast<StoredClass>(i)) return false;
  }
  return true;
}
static_assert(are_in_order(kSizeQueries));

Result<std::vector<SizedRow>> sized_rows(Connection& db, StoredClass which,
                                         const StoreCursor& after, std::int64_t limit) {
  const SizeQuery& query = kSizeQueries[static_cast<std::size_t>(which)];
  switch (query.key) {
    case WalkKey::kId:
      return collect(db, query.sql, {after.id, limit}, by_id);
    case WalkKey::kIdAndNumber:
      return collect(db, query.sql, {after.id, after.number, limit}, by_id);
    case WalkKey::kTime:
      return collect(db, query.sql, {after.number, limit}, by_time);
    case WalkKey::kNumber:
      return collect(db, query.sql, {after.number, limit}, by_number);
  }
  return std::vector<SizedRow>();
}

EndedRepair ended_from(Columns& row) {
  EndedRepair repair;
  repair.id = row.uuid();
  repair.reconciler = row.text();
  repair.state = row.choice(RepairState::kSuperseded);
  repair.ended_at = row.time();
  repair.bytes = row.integer();
  return repair;
}

// A plan or a decision, and whether a repair or a reconciler needs it.
struct Prunable {
  Uuid id;
  bool draft = false;
  WallTime at;
  bool needed = false;
};

Prunable prunable_from(Columns& row) {
  Prunable found;
  found.id = row.uuid();
  found.draft = row.choice(PlanState::kSealed) == PlanState::kDraft;
  found.at = row.time();
  found.needed = row.flag();
  return found;
}

}  // namespace

Result<StoreUse> RetentionRows::count_use(StoredClass which, const StoreCursor& after, WallTime due,
                                          std::int64_t limit) {
  SB_ASSIGN(const auto rows, sized_rows(db_, which, after, limit));
  return sum_up(rows, due, limit);
}

// No reconciler holds its plan, and no repair that has not ended takes it back as a run.
#define SB_NOT_NEEDED                                                                \
  " AND NOT EXISTS (SELECT 1 FROM heads WHERE heads.plan = repairs.id)"              \
  " AND NOT EXISTS (SELECT 1 FROM run_undos JOIN repairs AS undos"                   \
  "  ON undos.id = run_undos.undo WHERE run_undos.run = repairs.id AND undos.state " \
  "< " SB_SQL_TERMINAL ")"

// A repair's id is older than its end. Without that bound the walk would go on over all repairs
// that nothing is to be done about.
Result<std::vector<EndedRepair>> RetentionRows::ended_repairs(WallTime before, const Uuid& after,
                                                              std::int64_t limit) {
  const Uuid last = Uuid::first_of(before);
  return collect(
      db_,
      "SELECT id, reconciler, state, ended_at, 500"
      " + (SELECT CAST(coalesce(sum(length(changes)), 0) AS BIGINT) FROM chunks"
      "  WHERE chunks.plan = repairs.id)"
      " + (SELECT CAST(coalesce(sum(length(outcomes) + length(output)), 0) AS BIGINT) FROM steps"
      "  WHERE steps.repair = repairs.id)"
      " FROM repairs WHERE id > $1 AND id < $2 AND state >= " SB_SQL_TERMINAL
      " AND ended_at < $3" SB_NOT_NEEDED " ORDER BY id LIMIT $4",
      {after, last, before, limit}, ended_from);
}

Result<std::optional<WallTime>> RetentionRows::retention_mark() {
  return find(db_, "SELECT at FROM retention_clock WHERE id = 1", {},
              [](Columns& row) { return row.time(); });
}

Result<void> RetentionRows::put_retention_mark(WallTime at) {
  return change(db_,
                "INSERT INTO retention_clock (id, at) VALUES (1, $1)"
                " ON CONFLICT (id) DO UPDATE SET at = excluded.at",
                {at});
}

Result<void> RetentionRows::leave_over(const Uuid& plan) {
  SB_TRY(change(db_, "DELETE FROM plans WHERE id = $1", {plan}));
  return change(db_, "INSERT INTO leftovers (id) VALUES ($1) ON CONFLICT (id) DO NOTHING", {plan});
}

Result<std::vector<Uuid>> RetentionRows::erase_ended(const std::vector<Uuid>& repairs) {
  std::vector<Uuid> erased;
  for (const Uuid& id : repairs) {
    SB_ASSIGN(
        const std::int64_t count,
        db_.execute("DELETE FROM repairs WHERE id = $1 AND state >= " SB_SQL_TERMINAL SB_NOT_NEEDED,
                    {id}));
    if (count == 0) continue;
    repairs_.forget(id);
    SB_TRY(leave_over(id));
    SB_TRY(change(db_, "DELETE FROM run_undos WHERE run = $1", {id}));
    erased.push_back(id);
  }
  return erased;
}

// The few leftovers that are looked at at once.
#define SB_LEFTOVERS "(SELECT id FROM leftovers ORDER BY id LIMIT 50)"

// Chunks go by their bytes, because the database walks through all pages of a large one; the first
// always goes.
Result<LeftoverCount> RetentionRows::erase_leftovers(std::int64_t rows, std::int64_t bytes) {
  LeftoverCount count;
  SB_ASSIGN(count.steps,
            db_.execute("DELETE FROM steps WHERE (repair, seq) IN (SELECT repair, seq FROM steps"
                        " WHERE repair IN " SB_LEFTOVERS " ORDER BY repair, seq LIMIT $1)",
                        {rows}));
  SB_ASSIGN(count.approvals,
            db_.execute("DELETE FROM approvals WHERE (repair, given_at, identity) IN"
                        " (SELECT repair, given_at, identity FROM approvals"
                        "  WHERE repair IN " SB_LEFTOVERS
                        "  ORDER BY repair, given_at, identity LIMIT $1)",
                        {rows}));
  SB_ASSIGN(
      count.chunks,
      db_.execute("DELETE FROM chunks WHERE (plan, seq) IN (SELECT plan, seq FROM ("
                  " SELECT plan, seq, size,"
                  "  CAST(sum(size) OVER (ORDER BY plan, seq) AS BIGINT) - size AS ahead FROM ("
                  "  SELECT plan, seq, CAST(length(changes) AS BIGINT) AS size FROM chunks"
                  "   WHERE plan IN " SB_LEFTOVERS
                  "   ORDER BY plan, seq LIMIT $1) AS sizes) AS sums WHERE ahead < $2)",
                  {rows, bytes}));
  SB_ASSIGN(count.done,
            db_.execute("DELETE FROM leftovers WHERE id IN " SB_LEFTOVERS
                        " AND NOT EXISTS (SELECT 1 FROM steps WHERE repair = leftovers.id)"
                        " AND NOT EXISTS (SELECT 1 FROM approvals WHERE repair = leftovers.id)"
                        " AND NOT EXISTS (SELECT 1 FROM chunks WHERE plan = leftovers.id)",
                        {}));
  return count;
}

Result<PrunedPage> RetentionRows::prune_plans(WallTime drafts, WallTime sealed, const Uuid& after,
                                              std::int64_t limit) {
  SB_ASSIGN(const auto rows,
            collect(db_,
                    "SELECT id, state, created_at, CASE WHEN"
                    " EXISTS (SELECT 1 FROM repairs WHERE repairs.id = plans.id)"
                    " OR EXISTS (SELECT 1 FROM heads WHERE heads.plan = plans.id)"
                    " THEN 1 ELSE 0 END FROM plans WHERE id > $1 ORDER BY id LIMIT $2",
                    {after, limit}, prunable_from));
  PrunedPage page;
  for (const Prunable& plan : rows) {
    if (plan.needed || plan.at >= (plan.draft ? drafts : sealed)) continue;
    SB_TRY(leave_over(plan.id));
    page.note(plan.at);
    page.drafts += plan.draft ? 1 : 0;
  }
  if (std::cmp_greater_equal(rows.size(), limit)) page.next = rows.back().id;
  return page;
}

Result<PrunedPage> RetentionRows::prune_decisions(WallTime before, const Uuid& after,
                                                  std::int64_t limit) {
  SB_ASSIGN(const auto rows,
            collect(db_,
                    "SELECT id, 1, made_at, CASE WHEN"
                    " EXISTS (SELECT 1 FROM repairs WHERE repairs.id = decisions.plan)"
                    " OR EXISTS (SELECT 1 FROM heads WHERE heads.plan = decisions.plan)"
                    " THEN 1 ELSE 0 END FROM decisions WHERE id > $1 AND id < $2"
                    " ORDER BY id LIMIT $3",
                    {after, Uuid::first_of(before), limit}, prunable_from));
  PrunedPage page;
  for (const Prunable& decision : rows) {
    if (decision.needed || decision.at >= before) continue;
    SB_TRY(change(db_, "DELETE FROM decisions WHERE id = $1", {decision.id}));
    page.note(decision.at);
  }
  if (std::cmp_greater_equal(rows.size(), limit)) page.next = rows.back().id;
  return page;
}

Result<std::int64_t> RetentionRows::prune_idempotent(WallTime before, std::int64_t limit) {
  return db_.execute(
      "DELETE FROM idempotent_answers WHERE key IN (SELECT key FROM idempotent_answers"
      " WHERE given_at < $1 ORDER BY given_at LIMIT $2)",
      {before, limit});
}

}  // namespace sideband
