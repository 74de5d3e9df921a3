#include <algorithm>

#include "store/enum_sql.h"
#include "store/repair_row.h"
#include "store/sql_tx.h"

namespace sideband {
namespace {

constexpr int kSequenceBits = 40;

Result<void> append(Connection& db, Sql sql, Params params, std::vector<Repair>& found) {
  SB_ASSIGN(auto rows, collect(db, sql, params, repair_from));
  for (Repair& row : rows) found.push_back(std::move(row));
  return {};
}

}  // namespace

Result<void> SqlTx::claim_from(Sql find, std::int64_t bound, std::int64_t limit,
                               std::vector<Repair>& found) {
  const std::int64_t wanted = limit - static_cast<std::int64_t>(found.size());
  if (wanted <= 0) return {};
  return append(db_, find, {bound, wanted}, found);
}

// A run of fresh tokens: epoch << 40 | seq, one sequence for the whole store. Where other nodes
// claim too, a sequence outside the transaction spares them waiting for our commit; the locks on
// the repairs make a later claim of a repair take a later number.
Result<std::vector<std::uint64_t>> SqlTx::take_tokens(std::size_t count) {
  const auto token = [](Columns& row) {
    const auto epoch = static_cast<std::uint64_t>(row.integer());
    return (epoch << kSequenceBits) + static_cast<std::uint64_t>(row.integer());
  };
  if (db_.has_other_writers()) {
    return collect(db_, "SELECT epoch, nextval('token_seq') FROM tokens, generate_series(1, $1)",
                   {count}, token);
  }
  if (!last_token_) {
    SB_ASSIGN(last_token_, find(db_, "SELECT epoch, seq FROM tokens", {}, token));
    if (!last_token_) return Error::corrupt("the store has no token sequence");
  }
  tokens_taken_ += static_cast<std::int64_t>(count);
  std::vector<std::uint64_t> tokens(count);
  for (std::uint64_t& taken : tokens) taken = ++*last_token_;
  return tokens;
}

// A rolled-back savepoint leaves a gap in the sequence, never a number twice.
Result<void> SqlTx::write_tokens() {
  if (tokens_taken_ == 0) return {};
  return change(db_, "UPDATE tokens SET seq = seq + $1", {std::exchange(tokens_taken_, 0)});
}

// For repairs that are new in this transaction; a claim must take fresh ones. A group that begins
// many repairs asks for many tokens at once; those that are left are never used.
Result<std::uint64_t> SqlTx::next_token() {
  if (spare_tokens_.empty()) {
    SB_ASSIGN(spare_tokens_, take_tokens(db_.has_other_writers() ? tokens_at_once_ : 1));
    std::reverse(spare_tokens_.begin(), spare_tokens_.end());
    tokens_at_once_ = std::min<std::size_t>(tokens_at_once_ * 8, 64);
  }
  const std::uint64_t token = spare_tokens_.back();
  spare_tokens_.pop_back();
  return token;
}

// Those of each turn, or the oldest of all.
Result<void> SqlTx::claim_queued(const ClaimRequest& request, std::vector<Repair>& found) {
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
Result<std::vector<Repair>> SqlTx::claim_repairs(const ClaimRequest& request) {
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
  running_.clear();
  repairs_.clear();
  SB_ASSIGN(const auto tokens, take_tokens(claimed.size()));
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    Repair& repair = claimed[i];
    repair.abandoned = is_leased(repair.state) && !repair.lease_owner.empty();
    if (!is_leased(repair.state)) repair.state = RepairState::kRunning;
    repair.lease_owner = request.owner;
    repair.lease_until = request.now + request.lease.count();
    repair.token = tokens[i];
    SB_TRY(
        db_.post_row("UPDATE repairs SET state = $1, due = $2, lease_owner = $3,"
                     " lease_until = $4, token = $5 WHERE id = $6",
                     repair.id.bytes(),
                     {static_cast<int>(repair.state), due(repair), repair.lease_owner,
                      repair.lease_until, repair.token, repair.id}));
  }
  return claimed;
}

}  // namespace sideband
