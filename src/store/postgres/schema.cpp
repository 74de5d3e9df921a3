#include "store/postgres/schema.h"

#include <array>

#include "store/convert.h"
#include "store/convert_values.h"

namespace sideband {
namespace {

// The tables of sqlite/schema.cpp. Text is bytea: it then compares byte by byte under every locale,
// and a hostile name that is not UTF-8 cannot fail a transaction.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE drifts (
  reconciler BYTEA NOT NULL, key BYTEA NOT NULL, state BIGINT NOT NULL, first_seen BIGINT NOT NULL,
  scan BIGINT NOT NULL, attempts BIGINT NOT NULL, plan BYTEA NOT NULL, until BIGINT NOT NULL,
  PRIMARY KEY (reconciler, key));
CREATE TABLE heads (
  reconciler BYTEA PRIMARY KEY NOT NULL, scan BIGINT NOT NULL, scanned_at BIGINT NOT NULL,
  last_good_desired BIGINT NOT NULL, verdict BYTEA NOT NULL, note BYTEA NOT NULL,
  plan BYTEA NOT NULL, plan_hash BYTEA NOT NULL, open BIGINT NOT NULL, extras BIGINT NOT NULL,
  unknown BIGINT NOT NULL);
CREATE TABLE plans (
  id BYTEA PRIMARY KEY NOT NULL, reconciler BYTEA NOT NULL, reconciler_version BYTEA NOT NULL,
  guardrails_version BYTEA NOT NULL, state BIGINT NOT NULL, hash BYTEA NOT NULL,
  creates BIGINT NOT NULL, updates BIGINT NOT NULL, erases BIGINT NOT NULL,
  desired BIGINT NOT NULL, chunks BIGINT NOT NULL, low BYTEA NOT NULL, high BYTEA NOT NULL,
  observed_at BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE INDEX plans_draft ON plans (reconciler) WHERE state = 0;
CREATE TABLE chunks (
  plan BYTEA NOT NULL, seq BIGINT NOT NULL, changes BYTEA NOT NULL,
  PRIMARY KEY (plan, seq));
CREATE TABLE repairs (
  id BYTEA PRIMARY KEY NOT NULL, due BIGINT NOT NULL, state BIGINT NOT NULL,
  token BIGINT NOT NULL, lease_until BIGINT NOT NULL, lease_owner BYTEA NOT NULL,
  plan BYTEA NOT NULL, reconciler BYTEA NOT NULL, undo BIGINT NOT NULL, requester BYTEA NOT NULL,
  released BYTEA NOT NULL, attempt BIGINT NOT NULL, next_step BIGINT NOT NULL,
  position BIGINT NOT NULL, not_before BIGINT NOT NULL, first_seen BIGINT NOT NULL,
  created_at BIGINT NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,
  gate_wait_us BIGINT NOT NULL,
  changed BIGINT NOT NULL, already_there BIGINT NOT NULL, refused BIGINT NOT NULL,
  failed BIGINT NOT NULL, note BYTEA NOT NULL);
CREATE INDEX repairs_active ON repairs (state, due, id) WHERE state < 7;
CREATE INDEX repairs_by_reconciler ON repairs (reconciler, id);
CREATE TABLE steps (
  repair BYTEA NOT NULL, seq BIGINT NOT NULL, chunk BIGINT NOT NULL, first BIGINT NOT NULL,
  past BIGINT NOT NULL, undo BIGINT NOT NULL, state BIGINT NOT NULL, token BIGINT NOT NULL,
  salt BYTEA NOT NULL, outcomes BYTEA NOT NULL,
  PRIMARY KEY (repair, seq));
CREATE TABLE approvals (
  repair BYTEA NOT NULL, given_at BIGINT NOT NULL, identity BYTEA NOT NULL,
  approve BIGINT NOT NULL, plan_hash BYTEA NOT NULL, reconciler_version BYTEA NOT NULL,
  guardrails_version BYTEA NOT NULL, comment BYTEA NOT NULL,
  PRIMARY KEY (repair, given_at, identity));
CREATE TABLE decisions (
  id BYTEA PRIMARY KEY NOT NULL, reconciler BYTEA NOT NULL, plan BYTEA NOT NULL,
  made_at BIGINT NOT NULL, verdict BIGINT NOT NULL, reasons BYTEA NOT NULL);
CREATE INDEX decisions_by_reconciler ON decisions (reconciler, id);
CREATE TABLE named_values (name BYTEA PRIMARY KEY NOT NULL, value BYTEA NOT NULL);
CREATE TABLE idempotent_answers (
  key BYTEA PRIMARY KEY NOT NULL, principal BYTEA NOT NULL, body_hash BYTEA NOT NULL,
  answer BYTEA NOT NULL, given_at BIGINT NOT NULL);
CREATE INDEX idempotent_by_age ON idempotent_answers (given_at);
CREATE TABLE range_locks (
  target BYTEA NOT NULL, collection BYTEA NOT NULL, low BYTEA NOT NULL, high BYTEA NOT NULL,
  repair BYTEA NOT NULL, PRIMARY KEY (target, collection, low, repair));
CREATE INDEX range_locks_wide ON range_locks (target, collection, low) WHERE low < high;
CREATE INDEX range_locks_by_repair ON range_locks (repair);
CREATE TABLE tokens (epoch BIGINT NOT NULL);
INSERT INTO tokens (epoch) VALUES (1);
CREATE SEQUENCE token_seq;
CREATE TABLE leaves (idx BIGINT PRIMARY KEY, record BYTEA NOT NULL);
CREATE TABLE audit_head (size BIGINT NOT NULL, hashes BYTEA NOT NULL);
INSERT INTO audit_head (size, hashes) VALUES (0, '');
CREATE TABLE checkpoints (size BIGINT PRIMARY KEY, note BYTEA NOT NULL);
CREATE TABLE lock_spaces (
  target BYTEA NOT NULL, collection BYTEA NOT NULL, PRIMARY KEY (target, collection));
)sql";

// What a playbook's step answered.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE steps ADD COLUMN output BYTEA NOT NULL DEFAULT '';
)sql";

// Whose repairs are queued, and which of them is the oldest, however many there are.
constexpr const char* kVersion3 = R"sql(
CREATE INDEX repairs_queued ON repairs (reconciler, due, id) WHERE state = 1;
)sql";

// Decisions as data: which gates refuse, and the state of the source.
constexpr const char* kVersion4 = R"sql(
ALTER TABLE heads ADD COLUMN refusals BYTEA NOT NULL DEFAULT '';
ALTER TABLE heads ADD COLUMN first_unknown BYTEA NOT NULL DEFAULT '';
ALTER TABLE heads ADD COLUMN suspect BIGINT NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN cooling BIGINT NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN busy BIGINT NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN failed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN flapping BIGINT NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN ripe_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN scope BYTEA NOT NULL DEFAULT '';
ALTER TABLE heads ADD COLUMN source BYTEA NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN whole BIGINT NOT NULL DEFAULT 1;
ALTER TABLE drifts ADD COLUMN reopens BIGINT NOT NULL DEFAULT 0;
)sql";

constexpr const char* kVersion5 = R"sql(
ALTER TABLE heads DROP COLUMN last_good_desired;
ALTER TABLE heads DROP COLUMN verdict;
ALTER TABLE heads DROP COLUMN note;
)sql";

// What gates and switches remember: a table for each kind, instead of one of named values.
constexpr const char* kVersion6 = R"sql(
CREATE TABLE pauses (
  reconciler BYTEA PRIMARY KEY NOT NULL, paused_by BYTEA NOT NULL, reason BYTEA NOT NULL,
  since BIGINT NOT NULL);
CREATE TABLE cancels (
  repair BYTEA PRIMARY KEY NOT NULL, cancelled_by BYTEA NOT NULL, reason BYTEA NOT NULL,
  at_once BIGINT NOT NULL, since BIGINT NOT NULL);
CREATE TABLE declined_plans (
  reconciler BYTEA PRIMARY KEY NOT NULL, plan_hash BYTEA NOT NULL,
  declined_by BYTEA NOT NULL);
CREATE TABLE crash_counts (
  repair BYTEA PRIMARY KEY NOT NULL, step BIGINT NOT NULL, crashes BIGINT NOT NULL);
CREATE TABLE change_windows (
  scope BYTEA NOT NULL, kind BIGINT NOT NULL, slots BYTEA NOT NULL,
  PRIMARY KEY (scope, kind));
CREATE TABLE rate_buckets (
  scope BYTEA PRIMARY KEY NOT NULL, micro_tokens BIGINT NOT NULL,
  filled_at BIGINT NOT NULL);
CREATE TABLE run_undos (
  run BYTEA NOT NULL, undo BYTEA NOT NULL, PRIMARY KEY (run, undo));
CREATE TABLE leader_lease (
  id BIGINT PRIMARY KEY CHECK (id = 1), owner BYTEA NOT NULL, lease_until BIGINT NOT NULL);
CREATE TABLE audit_name (id BIGINT PRIMARY KEY CHECK (id = 1), name BYTEA NOT NULL);
CREATE TABLE write_probe (bytes BYTEA NOT NULL);
CREATE INDEX repairs_undos ON repairs (reconciler, id) WHERE undo = 1 AND state < 7;
)sql";

// Retention: repairs and plans whose rows are gone, and whose chunks, steps and approvals still
// have to go; and its clock, a single row.
constexpr const char* kVersion7 = R"sql(
CREATE TABLE leftovers (id BYTEA PRIMARY KEY NOT NULL);
CREATE TABLE retention_clock (id BIGINT PRIMARY KEY NOT NULL, at BIGINT NOT NULL);
)sql";

// What is known of a source goes with what is protected, under whatever name.
constexpr const char* kVersion8 = R"sql(
CREATE TABLE sources (scope BYTEA PRIMARY KEY NOT NULL, state BYTEA NOT NULL);
INSERT INTO sources (scope, state) SELECT reconciler, source FROM heads;
ALTER TABLE heads ADD COLUMN source_scope BYTEA NOT NULL DEFAULT '';
ALTER TABLE heads DROP COLUMN source;
CREATE INDEX heads_by_source ON heads (source_scope);
)sql";

// Roots of whole subtrees of the audit log, by which a proof reads few of its leaves.
constexpr const char* kVersion9 = R"sql(
CREATE TABLE audit_nodes (
  height BIGINT NOT NULL, idx BIGINT NOT NULL, hash BYTEA NOT NULL, PRIMARY KEY (height, idx));
)sql";

// What is connected at each address; and since when a repair waits for a target that refuses.
constexpr const char* kVersion10 = R"sql(
CREATE TABLE known_targets (place BYTEA PRIMARY KEY NOT NULL, state BYTEA NOT NULL);
ALTER TABLE repairs ADD COLUMN refused_since BIGINT NOT NULL DEFAULT 0;
)sql";

// What each channel knows of each reconciler.
constexpr const char* kVersion11 = R"sql(
CREATE TABLE notices (
  channel BYTEA NOT NULL, reconciler BYTEA NOT NULL, state BYTEA NOT NULL,
  PRIMARY KEY (channel, reconciler));
)sql";

// What the rules of pauseWhen came to.
constexpr const char* kVersion12 = R"sql(
CREATE TABLE signal_holds (
  rule BYTEA PRIMARY KEY NOT NULL, holding BIGINT NOT NULL, since BIGINT NOT NULL,
  crossed_since BIGINT NOT NULL, unknown BYTEA NOT NULL, unknown_since BIGINT NOT NULL);
)sql";

// How the last repairs of each reconciler ended, and whether its circuit breaker is open.
constexpr const char* kVersion13 = R"sql(
CREATE TABLE breakers (
  scope BYTEA PRIMARY KEY NOT NULL, ends BYTEA NOT NULL, opened_at BIGINT NOT NULL,
  open_for BIGINT NOT NULL, failed_probes BIGINT NOT NULL, probe BYTEA NOT NULL);
)sql";

// What people silenced for a while.
constexpr const char* kVersion14 = R"sql(
CREATE TABLE silences (id BYTEA PRIMARY KEY NOT NULL, state BYTEA NOT NULL);
)sql";

// What the detectors of signals said last, and their state; how fast throttled repairs may be;
// what was wanted of a drift, by which one knows that a repair was taken back, and how often it
// moved while it was repaired.
constexpr const char* kVersion15 = R"sql(
CREATE TABLE detections (signal BYTEA PRIMARY KEY NOT NULL, state BYTEA NOT NULL);
CREATE TABLE throttles (
  rule BYTEA PRIMARY KEY NOT NULL, per_second BIGINT NOT NULL, since BIGINT NOT NULL,
  judged_at BIGINT NOT NULL, why BYTEA NOT NULL);
ALTER TABLE drifts ADD COLUMN wanted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE drifts ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
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

std::span<const Migration> postgres_migrations() {
  return kMigrations;
}

}  // namespace sideband
