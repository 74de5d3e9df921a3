#include "store/sqlite/schema.h"

#include <array>

#include "store/convert.h"
#include "store/convert_values.h"

namespace sideband {
namespace {

// Rows live in the tree of their primary key: one write instead of two. Ids are UUIDv7, so inserts
// land side by side; the only random keys are those of drifts and idempotent answers. A finished
// repair leaves repairs_active, so a claim costs the same with a million of them.
//
// Without a rowid the key's columns MUST come first: SQLite 3.40 (Debian 12) otherwise reports the
// others as "NULL value" in quick_check, and an undamaged folder would be refused after a kill.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE drifts (
  reconciler TEXT NOT NULL, key BLOB NOT NULL, state INTEGER NOT NULL, first_seen INTEGER NOT NULL,
  scan INTEGER NOT NULL, attempts INTEGER NOT NULL, plan BLOB NOT NULL, until INTEGER NOT NULL,
  PRIMARY KEY (reconciler, key)) WITHOUT ROWID;
CREATE TABLE heads (
  reconciler TEXT PRIMARY KEY NOT NULL, scan INTEGER NOT NULL, scanned_at INTEGER NOT NULL,
  last_good_desired INTEGER NOT NULL, verdict TEXT NOT NULL, note TEXT NOT NULL,
  plan BLOB NOT NULL, plan_hash TEXT NOT NULL, open INTEGER NOT NULL, extras INTEGER NOT NULL,
  unknown INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE plans (
  id BLOB PRIMARY KEY NOT NULL, reconciler TEXT NOT NULL, reconciler_version TEXT NOT NULL,
  guardrails_version TEXT NOT NULL, state INTEGER NOT NULL, hash TEXT NOT NULL,
  creates INTEGER NOT NULL, updates INTEGER NOT NULL, erases INTEGER NOT NULL,
  desired INTEGER NOT NULL, chunks INTEGER NOT NULL, low BLOB NOT NULL, high BLOB NOT NULL,
  observed_at INTEGER NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX plans_draft ON plans (reconciler) WHERE state = 0;
CREATE TABLE chunks (
  plan BLOB NOT NULL, seq INTEGER NOT NULL, changes BLOB NOT NULL,
  PRIMARY KEY (plan, seq)) WITHOUT ROWID;
CREATE TABLE repairs (
  id BLOB PRIMARY KEY NOT NULL, due INTEGER NOT NULL, state INTEGER NOT NULL,
  token INTEGER NOT NULL, lease_until INTEGER NOT NULL, lease_owner TEXT NOT NULL,
  plan BLOB NOT NULL, reconciler TEXT NOT NULL, undo INTEGER NOT NULL, requester TEXT NOT NULL,
  released TEXT NOT NULL, attempt INTEGER NOT NULL, next_step INTEGER NOT NULL,
  position INTEGER NOT NULL, not_before INTEGER NOT NULL, first_seen INTEGER NOT NULL,
  created_at INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,
  gate_wait_us INTEGER NOT NULL,
  changed INTEGER NOT NULL, already_there INTEGER NOT NULL, refused INTEGER NOT NULL,
  failed INTEGER NOT NULL, note TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX repairs_active ON repairs (state, due) WHERE state < 7;
CREATE INDEX repairs_by_reconciler ON repairs (reconciler);
CREATE TABLE steps (
  repair BLOB NOT NULL, seq INTEGER NOT NULL, chunk INTEGER NOT NULL, first INTEGER NOT NULL,
  past INTEGER NOT NULL, undo INTEGER NOT NULL, state INTEGER NOT NULL, token INTEGER NOT NULL,
  salt BLOB NOT NULL, outcomes BLOB NOT NULL,
  PRIMARY KEY (repair, seq)) WITHOUT ROWID;
CREATE TABLE approvals (
  repair BLOB NOT NULL, given_at INTEGER NOT NULL, identity TEXT NOT NULL,
  approve INTEGER NOT NULL, plan_hash TEXT NOT NULL, reconciler_version TEXT NOT NULL,
  guardrails_version TEXT NOT NULL, comment TEXT NOT NULL,
  PRIMARY KEY (repair, given_at, identity)) WITHOUT ROWID;
CREATE TABLE decisions (
  id BLOB PRIMARY KEY NOT NULL, reconciler TEXT NOT NULL, plan BLOB NOT NULL,
  made_at INTEGER NOT NULL, verdict INTEGER NOT NULL, reasons BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX decisions_by_reconciler ON decisions (reconciler);
CREATE TABLE named_values (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE idempotent_answers (
  key TEXT PRIMARY KEY NOT NULL, principal TEXT NOT NULL, body_hash TEXT NOT NULL,
  answer TEXT NOT NULL, given_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX idempotent_by_age ON idempotent_answers (given_at);
CREATE TABLE range_locks (
  target TEXT NOT NULL, collection TEXT NOT NULL, low BLOB NOT NULL, repair BLOB NOT NULL,
  high BLOB NOT NULL, PRIMARY KEY (target, collection, low, repair)) WITHOUT ROWID;
CREATE INDEX range_locks_wide ON range_locks (target, collection, low) WHERE low < high;
CREATE INDEX range_locks_by_repair ON range_locks (repair);
CREATE TABLE tokens (epoch INTEGER NOT NULL, seq INTEGER NOT NULL);
INSERT INTO tokens (epoch, seq) VALUES (1, 0);
CREATE TABLE leaves (idx INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE audit_head (size INTEGER NOT NULL, hashes BLOB NOT NULL);
INSERT INTO audit_head (size, hashes) VALUES (0, x'');
CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE boot (id TEXT NOT NULL);
INSERT INTO boot (id) VALUES ('');
)sql";

// What a playbook's step answered.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE steps ADD COLUMN output BLOB NOT NULL DEFAULT x'';
)sql";

// Whose repairs are queued, and which of them is the oldest, however many there are.
constexpr const char* kVersion3 = R"sql(
CREATE INDEX repairs_queued ON repairs (reconciler, due) WHERE state = 1;
)sql";

// Decisions as data: which gates refuse, and the state of the source.
constexpr const char* kVersion4 = R"sql(
ALTER TABLE heads ADD COLUMN refusals BLOB NOT NULL DEFAULT x'';
ALTER TABLE heads ADD COLUMN first_unknown TEXT NOT NULL DEFAULT '';
ALTER TABLE heads ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN cooling INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN busy INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN flapping INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN ripe_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN scope TEXT NOT NULL DEFAULT '';
ALTER TABLE heads ADD COLUMN source BLOB NOT NULL DEFAULT x'';
ALTER TABLE plans ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;
ALTER TABLE drifts ADD COLUMN reopens INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr const char* kVersion5 = R"sql(
ALTER TABLE heads DROP COLUMN last_good_desired;
ALTER TABLE heads DROP COLUMN verdict;
ALTER TABLE heads DROP COLUMN note;
)sql";

// What gates and switches remember: a table for each kind, instead of one of named values.
constexpr const char* kVersion6 = R"sql(
CREATE TABLE pauses (
  reconciler TEXT PRIMARY KEY NOT NULL, paused_by TEXT NOT NULL, reason TEXT NOT NULL,
  since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE cancels (
  repair BLOB PRIMARY KEY NOT NULL, cancelled_by TEXT NOT NULL, reason TEXT NOT NULL,
  at_once INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE declined_plans (
  reconciler TEXT PRIMARY KEY NOT NULL, plan_hash TEXT NOT NULL,
  declined_by TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE crash_counts (
  repair BLOB PRIMARY KEY NOT NULL, step INTEGER NOT NULL, crashes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE change_windows (
  scope TEXT NOT NULL, kind INTEGER NOT NULL, slots BLOB NOT NULL,
  PRIMARY KEY (scope, kind)) WITHOUT ROWID;
CREATE TABLE rate_buckets (
  scope TEXT PRIMARY KEY NOT NULL, micro_tokens INTEGER NOT NULL,
  filled_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE run_undos (
  run BLOB NOT NULL, undo BLOB NOT NULL, PRIMARY KEY (run, undo)) WITHOUT ROWID;
CREATE TABLE leader_lease (
  id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT NOT NULL, lease_until INTEGER NOT NULL);
CREATE TABLE audit_name (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL);
CREATE TABLE write_probe (bytes BLOB NOT NULL);
CREATE INDEX repairs_undos ON repairs (reconciler) WHERE undo = 1 AND state < 7;
)sql";

// Retention: repairs and plans whose rows are gone, and whose chunks, steps and approvals still
// have to go; and its clock, a single row.
constexpr const char* kVersion7 = R"sql(
CREATE TABLE leftovers (id BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID;
CREATE TABLE retention_clock (id INTEGER PRIMARY KEY NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
)sql";

// What is known of a source goes with what is protected, under whatever name.
constexpr const char* kVersion8 = R"sql(
CREATE TABLE sources (scope TEXT PRIMARY KEY NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO sources (scope, state) SELECT reconciler, source FROM heads;
ALTER TABLE heads ADD COLUMN source_scope TEXT NOT NULL DEFAULT '';
ALTER TABLE heads DROP COLUMN source;
CREATE INDEX heads_by_source ON heads (source_scope);
)sql";

// Roots of whole subtrees of the audit log, by which a proof reads few of its leaves.
constexpr const char* kVersion9 = R"sql(
CREATE TABLE audit_nodes (
  height INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (height, idx)) WITHOUT ROWID;
)sql";

// What is connected at each address; and since when a repair waits for a target that refuses.
constexpr const char* kVersion10 = R"sql(
CREATE TABLE known_targets (place TEXT PRIMARY KEY NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
ALTER TABLE repairs ADD COLUMN refused_since INTEGER NOT NULL DEFAULT 0;
)sql";

// What each channel knows of each reconciler.
constexpr const char* kVersion11 = R"sql(
CREATE TABLE notices (
  channel TEXT NOT NULL, reconciler TEXT NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY (channel, reconciler)) WITHOUT ROWID;
)sql";

// What the rules of pauseWhen came to.
constexpr const char* kVersion12 = R"sql(
CREATE TABLE signal_holds (
  rule TEXT PRIMARY KEY NOT NULL, holding INTEGER NOT NULL, since INTEGER NOT NULL,
  crossed_since INTEGER NOT NULL, unknown TEXT NOT NULL, unknown_since INTEGER NOT NULL)
  WITHOUT ROWID;
)sql";

// How the last repairs of each reconciler ended, and whether its circuit breaker is open.
constexpr const char* kVersion13 = R"sql(
CREATE TABLE breakers (
  scope TEXT PRIMARY KEY NOT NULL, ends TEXT NOT NULL, opened_at INTEGER NOT NULL,
  open_for INTEGER NOT NULL, failed_probes INTEGER NOT NULL, probe BLOB NOT NULL)
  WITHOUT ROWID;
)sql";

// What people silenced for a while.
constexpr const char* kVersion14 = R"sql(
CREATE TABLE silences (id BLOB PRIMARY KEY NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
)sql";

// What the detectors of signals said last, and their state; how fast throttled repairs may be;
// what was wanted of a drift, by which one knows that a repair was taken back, and how often it
// moved while it was repaired.
constexpr const char* kVersion15 = R"sql(
CREATE TABLE detections (signal TEXT PRIMARY KEY NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE throttles (
  rule TEXT PRIMARY KEY NOT NULL, per_second INTEGER NOT NULL, since INTEGER NOT NULL,
  judged_at INTEGER NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
ALTER TABLE drifts ADD COLUMN wanted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE drifts ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::array kMigrations = {
    Migration{1, kVersion1},   Migration{2, kVersion2},
    Migration{3, kVersion3},   Migration{4, kVersion4, convert_heads_and_releases},
    Migration{5, kVersion5},   Migration{6, kVersion6, convert_named_values},
    Migration{7, kVersion7},   Migration{8, kVersion8},
    Migration{9, kVersion9},   Migration{10, kVersion10},
    Migration{11, kVersion11}, Migration{12, kVersion12},
    Migration{13, kVersion13}, Migration{14, kVersion14},
    Migration{15, kVersion15}};

}  // namespace

std::span<const Migration> sqlite_migrations() {
  return kMigrations;
}

}  // namespace sideband
