#include "store/kept_tables.h"

#include <algorithm>
#include <array>

// A statement is a literal, so the part that insert and upsert share is one too.
#define SB_INSERT_PAUSE \
  "INSERT INTO pauses (reconciler, paused_by, reason, since) VALUES ($1, $2, $3, $4)"
#define SB_INSERT_CANCEL \
  "INSERT INTO cancels (repair, cancelled_by, reason, at_once, since) VALUES ($1, $2, $3, $4, $5)"
#define SB_INSERT_DECLINED \
  "INSERT INTO declined_plans (reconciler, plan_hash, declined_by) VALUES ($1, $2, $3)"
#define SB_INSERT_CRASH "INSERT INTO crash_counts (repair, step, crashes) VALUES ($1, $2, $3)"
#define SB_INSERT_WINDOW "INSERT INTO change_windows (scope, kind, slots) VALUES ($1, $2, $3)"
#define SB_INSERT_BUCKET \
  "INSERT INTO rate_buckets (scope, micro_tokens, filled_at) VALUES ($1, $2, $3)"
#define SB_INSERT_SOURCE "INSERT INTO sources (scope, state) VALUES ($1, $2)"
#define SB_INSERT_LEADER "INSERT INTO leader_lease (id, owner, lease_until) VALUES ($1, $2, $3)"

namespace sideband {
namespace {

const std::string kOneRow = "1";

std::string id_of(const WindowKey& key) {
  return std::to_string(static_cast<int>(key.kind)) + key.scope;
}

Pause pause_from(Columns& row) {
  Pause pause;
  pause.by = row.text();
  pause.reason = row.text();
  pause.since = row.time();
  return pause;
}

CancelRequest cancel_from(Columns& row) {
  CancelRequest cancel;
  cancel.by = row.text();
  cancel.reason = row.text();
  cancel.at_once = row.flag();
  cancel.since = row.time();
  return cancel;
}

DeclinedPlan declined_from(Columns& row) {
  DeclinedPlan declined;
  declined.plan_hash = row.text();
  declined.by = row.text();
  return declined;
}

CrashCount crash_from(Columns& row) {
  CrashCount count;
  count.step = row.integer();
  count.crashes = row.integer();
  return count;
}

RateBucket bucket_from(Columns& row) {
  RateBucket bucket;
  bucket.micro_tokens = row.integer();
  bucket.filled_at = row.time();
  return bucket;
}

LeaderRow leader_from(Columns& row) {
  LeaderRow leader;
  leader.owner = row.text();
  leader.until = row.integer();
  return leader;
}

std::vector<WindowSlot> window_from(Columns& row) {
  auto slots = decode_slots(row.text());
  if (slots.ok()) return std::move(*slots);
  row.damage();
  return {};
}

SourceState source_from(Columns& row) {
  auto source = decode_source(row.text());
  if (source.ok()) return std::move(*source);
  row.damage();
  return {};
}

}  // namespace

Result<std::optional<Pause>> PauseTable::read(Connection& db, const Key& key) {
  return find(db, "SELECT paused_by, reason, since FROM pauses WHERE reconciler = $1 /*lock*/",
              {key}, pause_from, &key);
}

Result<void> PauseTable::insert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_PAUSE, key, {key, row.by, row.reason, row.since});
}

Result<void> PauseTable::upsert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_PAUSE
                     " ON CONFLICT (reconciler) DO UPDATE SET paused_by = excluded.paused_by, "
                     "reason = excluded.reason, since = excluded.since",
                     key, {key, row.by, row.reason, row.since});
}

Result<void> PauseTable::erase(Connection& db, const Key& key) {
  return db.post_row("DELETE FROM pauses WHERE reconciler = $1", key, {key});
}

Result<std::optional<CancelRequest>> CancelTable::read(Connection& db, const Key& key) {
  const std::string id = key.bytes();
  return find(db,
              "SELECT cancelled_by, reason, at_once, since FROM cancels WHERE repair = $1 /*lock*/",
              {key}, cancel_from, &id);
}

Result<void> CancelTable::insert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_CANCEL, key.bytes(),
                     {key, row.by, row.reason, row.at_once, row.since});
}

Result<void> CancelTable::upsert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_CANCEL
                     " ON CONFLICT (repair) DO UPDATE SET cancelled_by = excluded.cancelled_by, "
                     "reason = excluded.reason, at_once = excluded.at_once, since = excluded.since",
                     key.bytes(), {key, row.by, row.reason, row.at_once, row.since});
}

Result<void> CancelTable::erase(Connection& db, const Key& key) {
  return db.post_row("DELETE FROM cancels WHERE repair = $1", key.bytes(), {key});
}

Result<std::optional<DeclinedPlan>> DeclinedTable::read(Connection& db, const Key& key) {
  return find(db,
              "SELECT plan_hash, declined_by FROM declined_plans WHERE reconciler = $1 /*lock*/",
              {key}, declined_from, &key);
}

Result<void> DeclinedTable::insert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_DECLINED, key, {key, row.plan_hash, row.by});
}

Result<void> DeclinedTable::upsert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_DECLINED
                     " ON CONFLICT (reconciler) DO UPDATE SET plan_hash = excluded.plan_hash, "
                     "declined_by = excluded.declined_by",
                     key, {key, row.plan_hash, row.by});
}

Result<void> DeclinedTable::erase(Connection& db, const Key& key) {
  return db.post_row("DELETE FROM declined_plans WHERE reconciler = $1", key, {key});
}

Result<std::optional<CrashCount>> CrashTable::read(Connection& db, const Key& key) {
  const std::string id = key.bytes();
  return find(db, "SELECT step, crashes FROM crash_counts WHERE repair = $1 /*lock*/", {key},
              crash_from, &id);
}

Result<void> CrashTable::insert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_CRASH, key.bytes(), {key, row.step, row.crashes});
}

Result<void> CrashTable::upsert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(
      SB_INSERT_CRASH
      " ON CONFLICT (repair) DO UPDATE SET step = excluded.step, crashes = excluded.crashes",
      key.bytes(), {key, row.step, row.crashes});
}

Result<void> CrashTable::erase(Connection& db, const Key& key) {
  return db.post_row("DELETE FROM crash_counts WHERE repair = $1", key.bytes(), {key});
}

Result<std::optional<std::vector<WindowSlot>>> WindowTable::read(Connection& db, const Key& key) {
  const std::string id = id_of(key);
  return find(db, "SELECT slots FROM change_windows WHERE scope = $1 AND kind = $2 /*lock*/",
              {key.scope, static_cast<std::int64_t>(key.kind)}, window_from, &id);
}

Result<void> WindowTable::insert(Connection& db, const Key& key, const Row& row) {
  const std::string slots = encode_slots(row);
  return db.post_row(SB_INSERT_WINDOW, id_of(key),
                     {key.scope, static_cast<std::int64_t>(key.kind), Param::blob(slots)});
}

Result<void> WindowTable::upsert(Connection& db, const Key& key, const Row& row) {
  const std::string slots = encode_slots(row);
  return db.post_row(
      SB_INSERT_WINDOW " ON CONFLICT (scope, kind) DO UPDATE SET slots = excluded.slots",
      id_of(key), {key.scope, static_cast<std::int64_t>(key.kind), Param::blob(slots)});
}

Result<void> WindowTable::erase(Connection& db, const Key& key) {
  return db.post_row("DELETE FROM change_windows WHERE scope = $1 AND kind = $2", id_of(key),
                     {key.scope, static_cast<std::int64_t>(key.kind)});
}

Result<std::optional<RateBucket>> BucketTable::read(Connection& db, const Key& key) {
  return find(db, "SELECT micro_tokens, filled_at FROM rate_buckets WHERE scope = $1 /*lock*/",
              {key}, bucket_from, &key);
}

Result<void> BucketTable::insert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_BUCKET, key, {key, row.micro_tokens, row.filled_at});
}

Result<void> BucketTable::upsert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_BUCKET
                     " ON CONFLICT (scope) DO UPDATE SET micro_tokens = excluded.micro_tokens, "
                     "filled_at = excluded.filled_at",
                     key, {key, row.micro_tokens, row.filled_at});
}

Result<void> BucketTable::erase(Connection& db, const Key& key) {
  return db.post_row("DELETE FROM rate_buckets WHERE scope = $1", key, {key});
}

Result<std::optional<SourceState>> SourceTable::read(Connection& db, const Key& key) {
  return find(db, "SELECT state FROM sources WHERE scope = $1 /*lock*/", {key}, source_from, &key);
}

Result<void> SourceTable::insert(Connection& db, const Key& key, const Row& row) {
  const std::string state = encode_source(row);
  return db.post_row(SB_INSERT_SOURCE, key, {key, Param::blob(state)});
}

Result<void> SourceTable::upsert(Connection& db, const Key& key, const Row& row) {
  const std::string state = encode_source(row);
  return db.post_row(SB_INSERT_SOURCE " ON CONFLICT (scope) DO UPDATE SET state = excluded.state",
                     key, {key, Param::blob(state)});
}

Result<void> SourceTable::erase(Connection& db, const Key& key) {
  return db.post_row("DELETE FROM sources WHERE scope = $1", key, {key});
}

Result<std::optional<LeaderRow>> LeaderTable::read(Connection& db, const Key& key) {
  return find(db, "SELECT owner, lease_until FROM leader_lease WHERE id = $1 /*lock*/", {key},
              leader_from, &kOneRow);
}

Result<void> LeaderTable::insert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(SB_INSERT_LEADER, kOneRow, {key, row.owner, row.until});
}

Result<void> LeaderTable::upsert(Connection& db, const Key& key, const Row& row) {
  return db.post_row(
      SB_INSERT_LEADER
      " ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until",
      kOneRow, {key, row.owner, row.until});
}

Result<void> LeaderTable::erase(Connection& db, const Key& key) {
  return db.post_row("DELETE FROM leader_lease WHERE id = $1", kOneRow, {key});
}

bool is_kept_table(std::string_view table) {
  static constexpr std::array<std::string_view, 8> kTables = {
      "pauses",         "cancels",      "declined_plans", "crash_counts",
      "change_windows", "rate_buckets", "sources",        "leader_lease"};
  return std::find(kTables.begin(), kTables.end(), table) != kTables.end();
}

}  // namespace sideband
