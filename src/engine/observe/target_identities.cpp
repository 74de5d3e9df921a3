#include "engine/observe/target_identities.h"

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "engine/execute/records.h"

namespace sideband {
namespace {

const SeenTarget* find_place(const std::vector<SeenTarget>& targets, const std::string& place) {
  const auto at = std::find_if(targets.begin(), targets.end(),
                               [&](const SeenTarget& one) { return one.place == place; });
  return at == targets.end() ? nullptr : &*at;
}

Result<void> ask_one(const ReconcilerRuntime& runtime, Collection& side, const TargetPlace& at,
                     std::vector<SeenTarget>& seen) {
  // Two sides on one target are asked once.
  if (!side.traits().identity || find_place(seen, at.place) != nullptr) return {};
  auto identity = side.identity(runtime.call_timeout);
  if (identity.ok()) {
    seen.push_back({at.target, at.place, std::move(*identity)});
    return {};
  }
  if (identity.error().code != ErrorCode::kPermission) return identity.error().in(at.target);
  seen.push_back({at.target, at.place, std::nullopt});
  log(LogLevel::kDebug, "a target may not be asked who it is; every look is a whole one",
      {{"reconciler", runtime.name()}, {"why", identity.error().message}});
  return {};
}

}  // namespace

bool has_identities(const ReconcilerRuntime& runtime) {
  return runtime.desired->traits().identity || runtime.actual->traits().identity ||
         (runtime.independent && runtime.independent->traits().identity);
}

Result<std::vector<SeenTarget>> ask_identities(const ReconcilerRuntime& runtime) {
  std::vector<SeenTarget> seen;
  const TargetPlaces& at = runtime.places;
  SB_TRY(ask_one(runtime, *runtime.desired, at.desired, seen));
  SB_TRY(ask_one(runtime, *runtime.actual, at.actual, seen));
  if (runtime.independent) SB_TRY(ask_one(runtime, *runtime.independent, at.independent, seen));
  return seen;
}

bool sizes_moved(const std::vector<SeenTarget>& kept, const std::vector<SeenTarget>& seen) {
  return std::any_of(seen.begin(), seen.end(), [&](const SeenTarget& one) {
    const SeenTarget* const known = find_place(kept, one.place);
    if (known == nullptr || !known->identity || !one.identity) return known == nullptr;
    const std::int64_t before = known->identity->items;
    const std::int64_t now = one.identity->items;
    return before != now && std::abs(now - before) >= before / 10;
  });
}

bool is_another(const std::vector<SeenTarget>& before, const std::vector<SeenTarget>& seen) {
  return std::any_of(seen.begin(), seen.end(), [&](const SeenTarget& one) {
    const SeenTarget* const known = find_place(before, one.place);
    const bool told = known != nullptr && known->identity && one.identity;
    return !told || identity_change(*known->identity, *one.identity) != IdentityChange::kNone;
  });
}

Result<std::vector<ChangedTarget>> keep_identities(StoreTx& store, const ReconcilerRuntime& runtime,
                                                   const std::vector<SeenTarget>& seen,
                                                   WallTime now) {
  std::vector<ChangedTarget> changed;
  for (const SeenTarget& one : seen) {
    if (!one.identity) continue;
    SB_ASSIGN(const auto known, store.known_target(one.place));
    const KnownTarget kept = after_look(known ? &*known : nullptr, *one.identity, now);
    if (known == kept) continue;
    SB_TRY(store.put_known_target(one.place, kept));
    if (!known || kept.since == known->since) continue;
    store.stage_audit(target_record(one.target, runtime.name(), kept));
    changed.push_back({one.target, kept});
  }
  return changed;
}

Result<void> keep_seen_targets(EngineContext& context, const ReconcilerRuntime& runtime,
                               const std::vector<SeenTarget>& seen) {
  std::vector<ChangedTarget> changed;
  const WallTime now = context.clock.wall();
  SB_TRY(context.store.run(Lane::kControl, [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(changed, keep_identities(store, runtime, seen, now));
    return {};
  }));
  tell_changed_targets(context, runtime, changed);
  return {};
}

void tell_changed_targets(EngineContext& context, const ReconcilerRuntime& runtime,
                          const std::vector<ChangedTarget>& changed) {
  for (const ChangedTarget& one : changed) {
    const std::string how(identity_change_name(one.now.change));
    log(one.now.change == IdentityChange::kRestarted ? LogLevel::kInfo : LogLevel::kWarn,
        "target " + how + "; what was learnt from it before does not count",
        {{"target", one.target},
         {"reconciler", runtime.name()},
         {"before", identity_text(one.now.replaced)},
         {"now", identity_text(one.now.identity)}});
    context.measures.target_changed(one.target, how);
  }
}

}  // namespace sideband
