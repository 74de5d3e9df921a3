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
#include "model/repair_state.h"

namespace sideband {

enum class DriftState : std::uint8_t { kSuspect, kOpen, kAttached, kCooling };

// At most one for each (reconciler, key). Erased when it closes; the audit log keeps its story.
struct Drift {
  std::string key;
  DriftState state = DriftState::kSuspect;
  WallTime first_seen;        // of this episode, before detect.for
  std::int64_t scan = 0;      // number of the scan that saw it last
  std::int64_t attempts = 0;  // repairs that did not converge, this episode
  Uuid plan;                  // attached: the plan whose repair is at work on it
  WallTime until;             // cooling: when it may be judged again
};

// Figures of a reconciler between scans: one head row each.
struct ReconcilerHead {
  std::int64_t scan = 0;                // number of the last scan begun
  WallTime scanned_at;                  // start of the last scan that ended well
  std::int64_t last_good_desired = -1;  // desired items in it; -1 = none yet
  std::string verdict;                  // of the last decision, so that only changes are recorded
  std::string note;                     // its headline
  Uuid plan;                            // the sealed plan that it was about
  std::string plan_hash;
  std::int64_t open = 0;     // changes found by it
  std::int64_t extras = 0;   // items that nobody desired, reported only
  std::int64_t unknown = 0;  // items whose state could not be told
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
  std::int64_t chunks = 0;
  std::string low;  // smallest and largest key in byte order: the range that a repair locks
  std::string high;
  WallTime observed_at;  // start of the reads that it rests on
  WallTime created_at;
};

struct Repair {
  Uuid id;
  Uuid plan;
  std::string reconciler;
  RepairState state = RepairState::kQueued;
  bool undo = false;             // this repair takes another one back
  std::string requester;         // identity that asked for it; "sideband" for the loop itself
  std::string released;          // gates that people released for it, comma separated
  std::int64_t attempt = 0;      // of this repair, counted from 0
  std::int64_t next_step = 0;    // first step without an outcome
  std::int64_t position = 0;     // changes settled so far, in plan order
  std::uint64_t token = 0;       // fencing token of the last claim
  std::string lease_owner;       // node that holds it; empty = nobody
  std::int64_t lease_until = 0;  // store clock, microseconds since boot (SQLite) or epoch
  WallTime not_before;           // scheduled: earliest next claim
  WallTime first_seen;           // of the oldest drift in it: where time to converge starts
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

enum class Verdict : std::uint8_t { kAct, kAwaitApproval, kHold, kIgnore, kEscalate };

// Truth of one reason. Unknown never counts as true.
enum class Truth : std::uint8_t { kFalse, kTrue, kUnknown };

// One line of the tree of reasons: a gate or a rule, what it saw, and whether it let pass.
struct Reason {
  std::string gate;  // "maxChanges", "cooldown", "mode", ...
  Truth passes = Truth::kUnknown;
  std::string saw;    // "5 of 20 keys is 25 %, above 20 %"
  std::string until;  // when or how it would open; may be empty
};

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

std::string_view verdict_name(Verdict verdict);
std::string_view truth_name(Truth truth);
std::string_view drift_state_name(DriftState state);
Result<Verdict> verdict_from_name(std::string_view name);

}  // namespace sideband
