// What gates keep in the store (model/kept_state.h), read and written inside transactions, so that
// a gate counts together with what it lets through and survives a restart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/reconciler_runtime.h"
#include "model/silence.h"
#include "policy/change_window.h"
#include "policy/facts.h"
#include "ports/store.h"

namespace sideband {

// A window without changes where none was kept.
Result<ChangeWindow> load_window(StoreReader& store, WindowKind kind, const std::string& scope);

// The first pause of these keys (model/pause_scope.h), or of any former name under which the same
// was protected (`source_scope`; empty: there are none), or nothing.
Result<std::optional<PauseFact>> load_pause(StoreReader& store, std::vector<std::string> keys,
                                            const std::string& source_scope);

// The silence that matches this reconciler now and ends last; nothing where there is none.
Result<std::optional<Silence>> load_silence(StoreReader& store, const ReconcilerSettings& settings,
                                            WallTime now);

// Adds a plan to the windows of what it protects and of the site.
Result<void> charge_windows(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now,
                            const PlanCounts& counts);

Result<void> charge_site(StoreTx& store, const MaxChanges& limit, WallTime now,
                         std::int64_t changes);

// What was let through under `before`, and its bucket, count for `runtime` from now on: the
// reconciler protects something under another name than the last time. An empty `before`: a store
// in which windows had names of reconcilers.
Result<void> adopt_windows(StoreTx& store, const ReconcilerRuntime& runtime,
                           const std::string& before);

// What the windows hold of the future, written while the clock was ahead, counts from now on.
Result<void> bring_windows_back(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now);

struct RateGrant {
  std::int64_t changes = 0;  // may be made now; 0 = wait
  Duration wait{0};
  std::string why = {};  // what sets the pace
};

// A rule of gates.throttle with what it came to.
struct ThrottleState {
  ThrottleRule rule;
  std::optional<Throttle> kept;  // nothing: its signal was not read yet, so the rate is `least`
  std::string text;              // as a sentence; empty: it slows nothing
};
// Of all rules of this reconciler; `scope`: ReconcilerRuntime::source_scope.
Result<std::vector<ThrottleState>> load_throttles(StoreReader& store,
                                                  const ReconcilerSettings& reconciler,
                                                  const std::string& scope);

// Takes up to `wanted` changes out of the buckets of what the reconciler protects, of its target,
// its owner and the site, from each the same.
Result<RateGrant> take_rate(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now,
                            std::int64_t wanted);

// Who declined the plan with this hash last; empty when nobody did.
Result<std::string> declined_by(StoreReader& store, const std::string& reconciler,
                                const std::string& plan_hash);

// Counts that a worker of this repair ended without a word; says how many did so since it last got
// on by a step.
Result<std::int64_t> count_crash(StoreTx& store, const Repair& repair);

}  // namespace sideband
