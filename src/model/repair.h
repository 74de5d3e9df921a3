// Drift, Plan, Repair, Step, Decision, Approval: the rows that the engine lives on, as plain
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"
#include "model/change.h"
#include "model/job_kind.h"
#include "model/reason.h"
#include "model/repair_state.h"
#include "model/source_state.h"

namespace sideband {

enum class DriftState : std::uint8_t {
  kSuspect,    // seen for less than detect.for
  kOpen,       // may be planned
  kAttached,   // a plan holds it
  kCooling,    // rests after a repair, whether that converged or not
  kLeftAlone,  // somebody takes its repairs back again and again: rests for long
};

// From so many failed attempts on a resource is a person's matter: it is looked at again all the
// same, slowly and for ever.
inline constexpr std::int64_t kPersonsAttempts = 3;

// At most one for each (reconciler, key). Erased when it closes; the audit log keeps its story.
struct Drift {
  std::string key;
  DriftState state = DriftState::kSuspect;
  // Of this episode, before detect.for; epoch: a repair closed it, and it was not seen since.
  WallTime first_seen;
  std::int64_t scan = 0;      // number of the scan that saw it last
  std::int64_t attempts = 0;  // repairs that did not converge, this episode
  std::int64_t reopens = 0;   // times that somebody took a repair back that had converged
  Uuid plan;                  // attached: the plan whose repair is at work on it
  WallTime until;             // cooling: when it may be judged again
  std::int64_t refused = 0;   // times that it moved while we were at it, since the last repair
  std::uint64_t wanted = 0;   // state_fingerprint of what was planned last; 0: nothing was
  [[nodiscard]] bool rests() const {
    return state == DriftState::kCooling || state == DriftState::kLeftAlone;
  }
};

// What a reconciler knows from its scans: one head row each.
struct ReconcilerHead {
  std::int64_t scan = 0;  // number of the last scan begun
  WallTime scanned_at;    // start of the last scan that ended well
  // The last plan that was held, or waits, with what stands in its way; empty when nothing does.
  Uuid plan;
  std::string plan_hash;
  std::vector<Reason> refusals;
  std::int64_t open = 0;      // changes found by the last scan, also those that are held or rest
  std::int64_t extras = 0;    // items that nobody desired, reported only
  std::int64_t unknown = 0;   // items whose state could not be told
  std::string first_unknown;  // one of them, with its reason
  // Of `open`: those that may not be planned yet, and when the first of them may.
  std::int64_t suspect = 0;  // seen for less than detect.for
  std::int64_t cooling = 0;  // they rest after a repair
  std::int64_t busy = 0;     // a repair is at work on them
  WallTime ripe_at;
  // Of `open`, for people: repairs of them failed again and again; or they came back again and
  // again although their repairs converged.
  std::int64_t failed = 0;
  std::int64_t flapping = 0;
  // Names what it protects (engine/runtime/reconciler_runtime.h), by which its caps are kept.
  std::string scope;
  // Under what `source` is kept; the same for every name under which the same is protected. Empty:
  // under the reconciler's name.
  std::string source_scope;
  SourceState source;

  [[nodiscard]] std::int64_t waiting() const { return suspect + cooling + busy; }
  bool operator==(const ReconcilerHead&) const = default;
};

enum class PlanState : std::uint8_t { kDraft, kSealed };

struct PlanCounts {
  std::int64_t create = 0;
  std::int64_t update = 0;
  std::int64_t erase = 0;
  std::int64_t desired = 0;  // desired items seen: the denominator; -1 = unknown
  [[nodiscard]] std::int64_t changes() const { return create + update + erase; }
};

struct Plan {
  Uuid id;
  std::string reconciler;
  std::string reconciler_version;
  std::string guardrails_version;
  PlanState state = PlanState::kDraft;
  std::string hash;  // hex Merkle root over the changes; empty while a draft
  PlanCounts counts;
  bool whole = true;  // of a whole scan; false: of some keys that were looked at
  std::int64_t chunks = 0;
  std::string low;  // smallest and largest key in byte order: the range that a repair locks
  std::string high;
  WallTime observed_at;  // start of the reads that it rests on
  WallTime created_at;

  [[nodiscard]] JobKind kind() const { return job_kind_of(reconciler); }
};

struct Repair {
  Uuid id;
  Uuid plan;
  std::string reconciler;  // or the scope of a playbook (model/job_kind.h)
  RepairState state = RepairState::kQueued;
  bool undo = false;             // this repair takes another one back
  std::string requester;         // identity that asked for it; "sideband" for the loop itself
  GateSet released;              // by people, for it alone
  std::int64_t attempt = 0;      // of this repair, counted from 0
  std::int64_t next_step = 0;    // first step without an outcome
  std::int64_t position = 0;     // changes settled so far, in plan order
  std::uint64_t token = 0;       // fencing token of the last claim
  std::string lease_owner;       // node that holds it; empty = nobody
  std::int64_t lease_until = 0;  // store clock, microseconds since boot (SQLite) or epoch
  WallTime not_before;           // scheduled: earliest next claim
  // Scheduled: since when its target refuses whatever is asked (Retry::kWhenReady); epoch = it does
  // not.
  WallTime refused_since;
  WallTime first_seen;  // of the oldest drift in it: where time to converge starts
  WallTime created_at;
  WallTime started_at;  // first claim that passed its gates; epoch = not yet
  WallTime ended_at;
  std::int64_t gate_wait_us = 0;  // part of its life spent waiting in gates
  std::int64_t changed = 0;       // outcomes so far
  std::int64_t already_there = 0;
  std::int64_t refused = 0;
  std::int64_t failed = 0;
  std::string note;  // why it is where it is, one sentence
  // Not stored: claim_repairs says so of one whose worker neither ended it nor gave it back.
  bool abandoned = false;

  [[nodiscard]] JobKind kind() const { return job_kind_of(reconciler); }
};

enum class StepState : std::uint8_t { kIntent, kDone };

// One slice of one chunk: changes [from, to) of chunk `chunk`.
struct Step {
  std::int64_t seq = 0;
  std::int64_t chunk = 0;
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool undo = false;
  StepState state = StepState::kIntent;
  std::uint64_t token = 0;
  std::string salt;      // 32 random bytes; change i is salted by SHA256(salt || i)
  std::string outcomes;  // encode_outcomes, once done
  std::string output;    // of a playbook's step, once done: a JSON object; else empty
};

// What is to become of a plan.
enum class Verdict : std::uint8_t { kAct, kAwaitApproval, kHold, kIgnore, kEscalate };

struct Decision {
  Uuid id;
  std::string reconciler;
  Uuid plan;  // empty for a decision about a single drift
  WallTime at;
  Verdict verdict = Verdict::kHold;
  std::vector<Reason> reasons;
};

struct Approval {
  Uuid repair;
  std::string by;
  bool approve = true;
  WallTime at;
  std::string plan_hash;
  std::string reconciler_version;
  std::string guardrails_version;
  std::string comment;
};

// Why it waits, with since when its target refuses, where it does.
std::string waiting_note(const Repair& repair, const std::string& why);
std::string_view verdict_name(Verdict verdict);
std::string_view drift_state_name(DriftState state);
Result<Verdict> verdict_from_name(std::string_view name);

}  // namespace sideband
