#include "store/claim_query.h"

#include "store/enum_sql.h"
#include "store/repair_columns.h"

namespace sideband {
namespace {

const RowStatement kLeaseRepair = RowStatement::update(
    StoreTable::kRepairs, 6, "state = $1, due = $2, lease_owner = $3, lease_until = $4, token = $5",
    "id = $6");

Result<void> append(Connection& db, Sql sql, Params params, std::vector<Repair>& found) {
  SB_ASSIGN(auto rows, collect(db, sql, params, repair_from));
  for (Repair& row : rows) found.push_back(std::move(row));
  return {};
}

}  // namespace

Result<void> ClaimQuery::claim_from(Sql find, std::int64_t bound, std::int64_t limit,
                                    std::vector<Repair>& found) {
  const std::int64_t wanted = limit - static_cast<std::int64_t>(found.size());
  if (wanted <= 0) return {};
  return append(db_, find, {bound, wanted}, found);
}

// Those of each turn, or the oldest of all.
Result<void> ClaimQuery::claim_queued(const ClaimRequest& request, std::vector<Repair>& found) {
  if (!request.turns) {
    const std::int64_t wanted = request.limit - static_cast<std::int64_t>(found.size());
    if (wanted <= 0) return {};
    return append(db_,
                  "SELECT " SB_REPAIR_COLUMNS
                  " FROM repairs /*active*/ WHERE state = " SB_SQL_QUEUED
                  " AND state < " SB_SQL_TERMINAL " ORDER BY due, id LIMIT $1 /*skip*/",
                  {wanted}, found);
  }
  for (const QueueTurn& turn : *request.turns) {
    SB_TRY(append(db_,
                  "SELECT " SB_REPAIR_COLUMNS
                  " FROM repairs /*queued*/ WHERE state = " SB_SQL_QUEUED " AND reconciler = $1"
                  " ORDER BY due, id LIMIT $2 /*skip*/",
                  {turn.reconciler, turn.most}, found));
  }
  return {};
}

// Expired leases first, since their targets may hold half a step; then back-offs that passed; then
// the queue. Each statement reads the front of one run of the index (state, due).
Result<std::vector<Repair>> ClaimQuery::claim(const ClaimRequest& request) {
  std::vector<Repair> claimed;
#define SB_CLAIMABLE(state, bound)                                            \
  "SELECT " SB_REPAIR_COLUMNS " FROM repairs /*active*/ WHERE state = " state \
  " AND state < " SB_SQL_TERMINAL " AND due " bound " ORDER BY due, id LIMIT $2 /*skip*/"
  SB_TRY(claim_from(SB_CLAIMABLE("3", "< $1"), request.now, request.limit, claimed));
  SB_TRY(claim_from(SB_CLAIMABLE("4", "< $1"), request.now, request.limit, claimed));
  SB_TRY(claim_from(SB_CLAIMABLE("6", "< $1"), request.now, request.limit, claimed));
  SB_TRY(claim_from(SB_CLAIMABLE("2", "<= $1"), to_us(request.wall), request.limit, claimed));
  SB_TRY(claim_queued(request, claimed));
#undef SB_CLAIMABLE
  if (claimed.empty()) return claimed;
  repairs_.forget_claimed();
  SB_ASSIGN(const auto tokens, tokens_.take(claimed.size()));
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    Repair& repair = claimed[i];
    repair.abandoned = is_leased(repair.state) && !repair.lease_owner.empty();
    if (!is_leased(repair.state)) repair.state = RepairState::kRunning;
    repair.lease_owner = request.owner;
    repair.lease_until = request.now + request.lease.count();
    repair.token = tokens[i];
    SB_TRY(db_.post_row(kLeaseRepair, repair.id.bytes(),
                        {static_cast<int>(repair.state), due(repair), repair.lease_owner,
                         repair.lease_until, repair.token, repair.id}));
  }
  return claimed;
}

}  // namespace sideband
