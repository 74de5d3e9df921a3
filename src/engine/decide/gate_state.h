// Gate state as it is kept in the store: small named values, read and written inside transactions,
// so that a gate counts together with what it lets through and survives a restart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/reconciler_runtime.h"
#include "policy/change_window.h"
#include "policy/facts.h"
#include "ports/store.h"

namespace sideband {

// Whose windows are kept, by what they protect: ReconcilerRuntime::scope, or "" of the site.
enum class WindowKind : std::uint8_t { kChanges, kDeletes, kSite };
Result<ChangeWindow> load_window(StoreReader& store, WindowKind kind, const std::string& scope);

// The switch of everything or of this reconciler, or nothing.
Result<std::optional<PauseFact>> load_pause(StoreReader& store, const std::string& reconciler);

// Adds a plan to the windows of what it protects and of the site.
Result<void> charge_windows(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now,
                            const PlanCounts& counts);

Result<void> charge_site(StoreTx& store, const MaxChanges& limit, WallTime now,
                         std::int64_t changes);

// What was let through under `before` counts for `runtime` from now on: the reconciler protects
// something under another name than the last time. An empty `before`: a store in which windows had
// names of reconcilers.
Result<void> adopt_windows(StoreTx& store, const ReconcilerRuntime& runtime,
                           const std::string& before);

struct RateGrant {
  std::int64_t changes = 0;  // may be made now; 0 = wait
  Duration wait{0};
};

// Takes up to `wanted` changes out of the reconciler's and the site's buckets.
Result<RateGrant> take_rate(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now,
                            std::int64_t wanted);

// Who declined the plan with this hash last; empty when nobody did.
Result<std::string> declined_by(StoreReader& store, const std::string& reconciler,
                                const std::string& plan_hash);
Result<void> decline(StoreTx& store, const std::string& reconciler, const std::string& plan_hash,
                     const std::string& by);

// Undos of this reconciler's repairs that have not ended; and one more.
Result<std::vector<Uuid>> undos_at_work(StoreReader& store, const std::string& reconciler);
Result<void> add_undo(StoreTx& store, const std::string& reconciler, const Uuid& undo);

// Names of the values.
std::string pause_value(const std::string& reconciler);  // "" = the global one
std::string cancel_value(const Uuid& repair);
std::string deaths_value(const Uuid& repair);
// What the value of a cancel says, and whether it asks for the end of a call under way.
std::string cancel_text(const std::string& by, const std::string& reason, bool at_once);
bool is_at_once(const std::string& cancel);

// Counts that a worker of this repair ended without a word; says how many did so since it last got
// on by a step.
Result<std::int64_t> count_crash(StoreTx& store, const Repair& repair);

}  // namespace sideband
