// Which of the differences that a look found may be planned now, and which wait: for their time,
// for a repair that is at work on them, for a rest to end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/execute/event_log.h"
#include "engine/runtime/reconciler_runtime.h"
#include "model/change.h"
#include "ports/store.h"

namespace sideband {

// What was found and may not be planned yet.
struct HeldBack {
  std::int64_t suspect = 0;  // by detect.for
  std::int64_t busy = 0;     // another repair is at work on them
  std::int64_t cooling = 0;  // by a cooldown
  // Of all that was found: see ReconcilerHead.
  std::int64_t failed = 0;
  std::int64_t flapping = 0;
  WallTime ripe_at = WallTime::max();  // when the first of the suspect and cooling ones may be
  void add(const HeldBack& more);
  [[nodiscard]] std::int64_t total() const { return suspect + busy + cooling; }
};

// What opening drifts made of a chunk of candidates.
struct Opened {
  std::vector<std::size_t> admitted;  // places of the candidates to be planned, in order
  HeldBack held;
  WallTime first_seen = WallTime::max();  // oldest of those
  LoggedKeys fresh;                       // that did not differ before
  LoggedKeys flapping;                    // that are left alone from now on
};

// Under which plan, for whom and when candidates are looked at.
struct DriftLook {
  Uuid plan;
  std::int64_t scan = 0;
  bool by_person = false;  // somebody asks for these: what flaps is not left alone
  WallTime now;
};

// Writes the drift rows of these candidates and says which may be planned. What is left alone from
// now on is in the audit log.
Result<Opened> open_drifts(StoreTx& store, const ReconcilerRuntime& runtime, const DriftLook& look,
                           const std::vector<Change>& candidates);

}  // namespace sideband
