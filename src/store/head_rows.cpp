#include "store/head_rows.h"

#include <utility>

#include "store/columns.h"

namespace sideband {
namespace {

ReconcilerHead reconciler_head_from(Columns& row) {
  ReconcilerHead head;
  head.scan = row.integer();
  head.scanned_at = row.time();
  head.plan = row.uuid();
  head.plan_hash = row.text();
  head.open = row.integer();
  head.extras = row.integer();
  head.unknown = row.integer();
  head.first_unknown = row.text();
  head.suspect = row.integer();
  head.cooling = row.integer();
  head.busy = row.integer();
  head.failed = row.integer();
  head.flapping = row.integer();
  head.ripe_at = row.time();
  head.scope = row.text();
  auto refusals = decode_reasons(row.text());
  head.source_scope = row.text();
  if (!refusals.ok()) {
    row.damage();
    return head;
  }
  head.refusals = std::move(*refusals);
  return head;
}

const std::string& source_key(const std::string& reconciler, const ReconcilerHead& head) {
  return head.source_scope.empty() ? reconciler : head.source_scope;
}

}  // namespace

// Without its source.
Result<std::optional<ReconcilerHead>> HeadRows::head_row(const std::string& reconciler) {
  if (const auto known = heads_.find(reconciler); known != heads_.end()) return known->second;
  SB_ASSIGN(auto found,
            find(db_,
                 "SELECT scan, scanned_at, plan, plan_hash, open, extras, unknown, first_unknown,"
                 " suspect, cooling, busy, failed, flapping, ripe_at, scope, refusals, source_scope"
                 " FROM heads"
                 " WHERE reconciler = $1 /*lock*/",
                 {reconciler}, reconciler_head_from));
  heads_.emplace(reconciler, found);
  return found;
}

Result<std::optional<ReconcilerHead>> HeadRows::head(const std::string& reconciler) {
  SB_ASSIGN(auto found, head_row(reconciler));
  if (!found) return found;
  SB_ASSIGN(auto source, kept_.sources.get(source_key(reconciler, *found)));
  if (source) found->source = std::move(*source);
  return found;
}

Result<std::vector<std::string>> HeadRows::reconcilers_of(const std::string& scope) {
  if (const auto known = names_.find(scope); known != names_.end()) return known->second;
  SB_ASSIGN(auto found,
            collect(db_, "SELECT reconciler FROM heads WHERE source_scope = $1 ORDER BY reconciler",
                    {scope}, [](Columns& row) { return row.text(); }));
  names_.emplace(scope, found);
  return found;
}

Result<void> HeadRows::put_head(const std::string& reconciler, const ReconcilerHead& head) {
  const std::string& key = source_key(reconciler, head);
  SB_ASSIGN(const auto source, kept_.sources.get(key));
  if (source.value_or(SourceState{}) != head.source) {
    SB_TRY(kept_.sources.put(key, head.source));
  }
  std::optional<ReconcilerHead>& row = heads_[reconciler];
  if (!row || row->source_scope != head.source_scope) names_.clear();
  row = head;
  row->source = {};
  const std::string refusals = encode_reasons(head.refusals);
  return change(
      db_,
      "INSERT INTO heads (reconciler, scan, scanned_at, plan, plan_hash, open, extras,"
      " unknown, first_unknown, suspect, cooling, busy, failed, flapping, ripe_at, scope,"
      " refusals, source_scope)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
      " $17, $18) ON CONFLICT (reconciler) DO UPDATE SET scan = excluded.scan,"
      " scanned_at = excluded.scanned_at, plan = excluded.plan,"
      " plan_hash = excluded.plan_hash, open = excluded.open,"
      " extras = excluded.extras, unknown = excluded.unknown,"
      " first_unknown = excluded.first_unknown, suspect = excluded.suspect,"
      " cooling = excluded.cooling, busy = excluded.busy,"
      " failed = excluded.failed, flapping = excluded.flapping, ripe_at = excluded.ripe_at,"
      " scope = excluded.scope, refusals = excluded.refusals,"
      " source_scope = excluded.source_scope",
      {reconciler, head.scan, head.scanned_at, head.plan, head.plan_hash, head.open, head.extras,
       head.unknown, head.first_unknown, head.suspect, head.cooling, head.busy, head.failed,
       head.flapping, head.ripe_at, head.scope, Param::blob(refusals), head.source_scope});
}

}  // namespace sideband
