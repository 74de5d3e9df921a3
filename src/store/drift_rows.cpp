#include "store/drift_rows.h"

#include <algorithm>
#include <set>

#include "store/binary_lists.h"
#include "store/columns.h"
#include "store/enum_sql.h"
#include "store/group.h"

namespace sideband {
namespace {

// In the order of drift_from and put_drifts.
#define SB_DRIFT_VALUES "state, first_seen, scan, attempts, plan, until, reopens, wanted, refused"

const RowStatement kPutDrift =
    RowStatement::upsert(StoreTable::kDrifts, "reconciler, key", SB_DRIFT_VALUES);
const RowStatement kEraseDrift = RowStatement::erase(StoreTable::kDrifts, "reconciler, key");

// From so many keys on they are read by a walk.
constexpr std::size_t kManyKeys = 32;
// More are not read ahead: they are those of scans, each of which asks for its own at once.
constexpr std::size_t kMaxAhead = 1000;

Drift drift_from(Columns& row) {
  Drift drift;
  drift.key = row.text();
  drift.state = row.choice(DriftState::kLeftAlone);
  drift.first_seen = row.time();
  drift.scan = row.integer();
  drift.attempts = row.integer();
  drift.plan = row.uuid();
  drift.until = row.time();
  drift.reopens = row.integer();
  drift.wanted = static_cast<std::uint64_t>(row.integer());
  drift.refused = row.integer();
  return drift;
}

// The row of each key; `rows` are in the order of keys.
std::vector<std::optional<Drift>> in_order_of(const std::vector<std::string>& keys,
                                              const std::vector<Drift>& rows) {
  std::vector<std::optional<Drift>> found;
  found.reserve(keys.size());
  for (const std::string& key : keys) {
    const auto row =
        std::lower_bound(rows.begin(), rows.end(), key,
                         [](const Drift& a, const std::string& b) { return a.key < b; });
    const bool there = row != rows.end() && row->key == key;
    found.push_back(there ? std::optional(*row) : std::nullopt);
  }
  return found;
}

// Names a drift among all of them, see Connection::post_row.
std::string drift_row(const std::string& reconciler, const std::string& key) {
  return reconciler + '/' + key;
}

}  // namespace

// Keys of a chunk lie side by side: one walk along them is cheaper than as many descents. False
// when there are more rows between them than a walk is worth.
Result<bool> DriftRows::drifts_in_range(const std::string& reconciler,
                                        const std::vector<std::string>& keys,
                                        std::vector<std::optional<Drift>>& found) {
  const auto [low, high] = std::minmax_element(keys.begin(), keys.end());
  const auto most = static_cast<std::int64_t>(2 * keys.size());
  SB_ASSIGN(auto rows,
            collect(db_,
                    "SELECT key, " SB_DRIFT_VALUES " FROM drifts"
                    " WHERE reconciler = $1 AND key >= $2 AND key <= $3 ORDER BY key LIMIT $4",
                    {reconciler, Param::blob(*low), Param::blob(*high), most + 1}, drift_from));
  if (std::ssize(rows) > most) return false;
  found = in_order_of(keys, rows);
  return true;
}

Result<std::size_t> DriftRows::prefetch(std::span<const StoreJob> jobs) {
  std::set<std::string> reconcilers;
  std::vector<std::string> owners, keys;
  for (const StoreJob& job : jobs) {
    if (!job.fn.keys.empty()) reconcilers.insert(job.fn.reconciler);
    owners.insert(owners.end(), job.fn.keys.size(), job.fn.reconciler);
    keys.insert(keys.end(), job.fn.keys.begin(), job.fn.keys.end());
  }
  if (!db_.has_other_writers() || keys.size() < 2 || keys.size() > kMaxAhead) return std::size_t{0};
  for (const std::string& reconciler : reconcilers) SB_TRY(heads_.head(reconciler));
  for (std::size_t i = 0; i < keys.size(); ++i) ahead_[drift_row(owners[i], keys[i])];
  const std::string owner_list = byte_list(owners), key_list = byte_list(keys);
  SB_ASSIGN(auto rows, collect(db_,
                               "SELECT drifts.key, " SB_DRIFT_VALUES
                               ", drifts.reconciler FROM unnest($1, $2) AS given(reconciler, key)"
                               " JOIN drifts USING (reconciler, key)"
                               " ORDER BY drifts.reconciler, drifts.key FOR UPDATE OF drifts",
                               {Param::list(owner_list), Param::list(key_list)}, [](Columns& row) {
                                 Drift drift = drift_from(row);
                                 return std::pair(row.text(), std::move(drift));
                               }));
  for (auto& [owner, drift] : rows) ahead_[drift_row(owner, drift.key)] = std::move(drift);
  return keys.size();
}

// True when all of these keys were read ahead.
bool DriftRows::drifts_ahead(const std::string& reconciler, const std::vector<std::string>& keys,
                             std::vector<std::optional<Drift>>& found) {
  for (const std::string& key : keys) {
    const auto known = ahead_.find(drift_row(reconciler, key));
    if (known == ahead_.end()) break;
    found.push_back(known->second);
  }
  if (found.size() == keys.size()) return true;
  found.clear();
  return false;
}

// One question for all keys; rows are locked in the order of keys, so that nodes do not meet head
// on.
Result<std::vector<std::optional<Drift>>> DriftRows::drifts_by_list(
    const std::string& reconciler, const std::vector<std::string>& keys) {
  const std::string list = byte_list(keys);
  SB_ASSIGN(const auto rows,
            collect(db_,
                    "SELECT key, " SB_DRIFT_VALUES " FROM drifts"
                    " WHERE reconciler = $1 AND key = ANY ($2) ORDER BY key /*lock*/",
                    {reconciler, Param::list(list)}, drift_from));
  return in_order_of(keys, rows);
}

Result<std::vector<std::optional<Drift>>> DriftRows::drifts(const std::string& reconciler,
                                                            const std::vector<std::string>& keys) {
  std::vector<std::optional<Drift>> found;
  if (drifts_ahead(reconciler, keys, found)) return found;
  if (keys.size() > 1 && db_.has_other_writers()) return drifts_by_list(reconciler, keys);
  if (keys.size() >= kManyKeys && !db_.has_other_writers()) {
    SB_ASSIGN(const bool all, drifts_in_range(reconciler, keys, found));
    if (all) return found;
  }
  found.clear();
  found.reserve(keys.size());
  for (const std::string& key : keys) {
    const RowKey only{StoreTable::kDrifts, drift_row(reconciler, key)};
    SB_ASSIGN(found.emplace_back(), find(db_,
                                         "SELECT key, " SB_DRIFT_VALUES " FROM drifts"
                                         " WHERE reconciler = $1 AND key = $2 /*lock*/",
                                         {reconciler, Param::blob(key)}, drift_from, &only));
  }
  return found;
}

Result<std::vector<Drift>> DriftRows::list_drifts(const std::string& reconciler,
                                                  const std::string& after, std::int64_t limit) {
  return collect(db_,
                 "SELECT key, " SB_DRIFT_VALUES
                 " FROM drifts"
                 " WHERE reconciler = $1 AND key > $2 ORDER BY key LIMIT $3",
                 {reconciler, Param::blob(after), limit}, drift_from);
}

Result<std::vector<Drift>> DriftRows::list_open_drifts(const std::string& reconciler,
                                                       const std::string& after, std::int64_t limit,
                                                       WallTime now) {
  return collect(db_,
                 "SELECT key, " SB_DRIFT_VALUES
                 " FROM drifts"
                 " WHERE reconciler = $1 AND key > $2 AND NOT (state = " SB_SQL_DRIFT_COOLING
                 " AND first_seen = 0 AND until < $3) ORDER BY key LIMIT $4",
                 {reconciler, Param::blob(after), now, limit}, drift_from);
}

Result<std::int64_t> DriftRows::count_drifts(const std::string& reconciler) {
  std::int64_t count = 0;
  SB_TRY(db_.query("SELECT count(*) FROM drifts WHERE reconciler = $1", {reconciler},
                   [&](const Row& row) { count = row.integer(0); }));
  return count;
}

Result<void> DriftRows::put_drifts(const std::string& reconciler,
                                   const std::vector<Drift>& drifts) {
  for (const Drift& drift : drifts) {
    SB_TRY(db_.post_row(kPutDrift, drift_row(reconciler, drift.key),
                        {reconciler, Param::blob(drift.key), static_cast<int>(drift.state),
                         drift.first_seen, drift.scan, drift.attempts, drift.plan, drift.until,
                         drift.reopens, static_cast<std::int64_t>(drift.wanted), drift.refused}));
    const auto known = ahead_.find(drift_row(reconciler, drift.key));
    if (known != ahead_.end()) known->second = drift;
  }
  return {};
}

Result<void> DriftRows::erase_drifts(const std::string& reconciler,
                                     const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const auto known = ahead_.find(drift_row(reconciler, key));
    if (known != ahead_.end()) known->second.reset();
    SB_TRY(db_.post_row(kEraseDrift, drift_row(reconciler, key), {reconciler, Param::blob(key)}));
  }
  return {};
}

Result<std::int64_t> DriftRows::erase_unseen_drifts(const std::string& reconciler,
                                                    std::int64_t scan, const RestedUntil& rested,
                                                    std::int64_t limit) {
  ahead_.clear();
  return db_.execute(
      "DELETE FROM drifts WHERE reconciler = $1 AND key IN (SELECT key FROM drifts"
      " WHERE reconciler = $1 AND scan < $2 AND (state <= " SB_SQL_DRIFT_OPEN
      " OR (state >= " SB_SQL_DRIFT_COOLING
      " AND until < CASE WHEN first_seen = 0 THEN $3 ELSE $4 END)"
      " OR (state = " SB_SQL_DRIFT_ATTACHED
      " AND NOT EXISTS"
      " (SELECT 1 FROM repairs WHERE reconciler = $1 AND state < " SB_SQL_TERMINAL
      "))) ORDER BY key LIMIT $5)",
      {reconciler, scan, rested.repaired, rested.other, limit});
}

// The last key of the next `limit` drifts of a plan; nothing when there are fewer.
Result<std::optional<std::string>> DriftRows::plan_slice_end(const std::string& reconciler,
                                                             const Uuid& plan,
                                                             const std::string& after,
                                                             std::int64_t limit) {
  return find(db_,
              "SELECT key FROM drifts WHERE reconciler = $1 AND key > $2 AND plan = $3"
              " ORDER BY key LIMIT 1 OFFSET $4",
              {reconciler, Param::blob(after), plan, limit - 1},
              [](Columns& row) { return row.text(); });
}

Result<std::optional<std::string>> DriftRows::erase_plan_drifts(const std::string& reconciler,
                                                                const Uuid& plan,
                                                                const std::string& after,
                                                                std::int64_t limit) {
  ahead_.clear();
  SB_ASSIGN(const auto last, plan_slice_end(reconciler, plan, after, limit));
  if (!last) {
    SB_TRY(db_.execute("DELETE FROM drifts WHERE reconciler = $1 AND key > $2 AND plan = $3",
                       {reconciler, Param::blob(after), plan}));
    return last;
  }
  SB_TRY(
      db_.execute("DELETE FROM drifts WHERE reconciler = $1 AND key > $2 AND key <= $3"
                  " AND plan = $4",
                  {reconciler, Param::blob(after), Param::blob(*last), plan}));
  return last;
}

#define SB_REST_DRIFTS                                                                           \
  "UPDATE drifts SET state = " SB_SQL_DRIFT_COOLING                                              \
  ", first_seen = 0, attempts = 0, refused = 0, plan = $1, until = $2 + CASE WHEN reopens >= $3" \
  " THEN $4 ELSE $5 * (CAST(1 AS BIGINT) << CAST(reopens AS INTEGER)) END"                       \
  " WHERE reconciler = $6 AND key > $7 AND plan = $8"

Result<std::optional<std::string>> DriftRows::rest_plan_drifts(const std::string& reconciler,
                                                               const Uuid& plan,
                                                               const std::string& after,
                                                               std::int64_t limit,
                                                               const GrowingRest& rest) {
  ahead_.clear();
  SB_ASSIGN(const auto last, plan_slice_end(reconciler, plan, after, limit));
  const Uuid none;
  const std::int64_t from = to_us(rest.from), first = rest.rest.count();
  const std::int64_t longest = rest.longest.count();
  if (!last) {
    SB_TRY(db_.execute(SB_REST_DRIFTS, {none, from, rest.doublings, longest, first, reconciler,
                                        Param::blob(after), plan}));
    return last;
  }
  SB_TRY(db_.execute(SB_REST_DRIFTS " AND key <= $9",
                     {none, from, rest.doublings, longest, first, reconciler, Param::blob(after),
                      plan, Param::blob(*last)}));
  return last;
}

}  // namespace sideband
