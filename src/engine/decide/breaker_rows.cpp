#include "engine/decide/breaker_rows.h"

#include "engine/execute/records.h"
#include "policy/breaker.h"

namespace sideband {
namespace {

bool is_open(const Breaker& breaker) {
  return breaker.opened_at != WallTime();
}

}  // namespace

Result<Breaker> load_breaker(StoreReader& store, const std::string& scope) {
  SB_ASSIGN(const auto kept, store.breaker(scope));
  Breaker breaker = kept.value_or(Breaker{});
  if (breaker.probe.empty()) return breaker;
  SB_ASSIGN(const auto probe, store.repair(breaker.probe));
  if (!probe || is_terminal(probe->state)) breaker.probe = Uuid();
  return breaker;
}

Result<std::int64_t> begin_probe(StoreTx& store, const ReconcilerRuntime& runtime,
                                 const Repair& repair, WallTime now) {
  const BreakerSettings& settings = runtime.settings.gates.breaker;
  if (!settings.is_set() || repair.undo) return 0;
  SB_ASSIGN(Breaker breaker, load_breaker(store, runtime.scope));
  if (breaker_state(breaker, now) != BreakerState::kHalfOpen) return 0;
  breaker.probe = repair.id;
  SB_TRY(store.put_breaker(runtime.scope, std::move(breaker)));
  return settings.probe;
}

Result<std::int64_t> probe_changes(StoreReader& store, const ReconcilerRuntime& runtime,
                                   const Repair& repair) {
  const BreakerSettings& settings = runtime.settings.gates.breaker;
  if (!settings.is_set()) return 0;
  SB_ASSIGN(const auto kept, store.breaker(runtime.scope));
  return kept && kept->probe == repair.id ? settings.probe : 0;
}

Result<void> count_end(StoreTx& store, const ReconcilerRuntime& runtime, const Repair& repair,
                       WallTime now) {
  const BreakerSettings& settings = runtime.settings.gates.breaker;
  if (!settings.is_set()) return {};
  SB_ASSIGN(const auto kept, store.breaker(runtime.scope));
  const Breaker before = kept.value_or(Breaker{});
  const Breaker after = breaker_after(before, settings, repair, now);
  if (after == before) return {};
  if (after.opened_at != before.opened_at) {
    store.stage_audit(breaker_record(repair, after, settings, now));
  }
  return store.put_breaker(runtime.scope, after);
}

Result<void> adopt_breaker(StoreTx& store, const ReconcilerRuntime& runtime,
                           const std::string& before) {
  SB_ASSIGN(const auto own, store.breaker(runtime.scope));
  SB_ASSIGN(const auto former, store.breaker(before));
  if (!former || (own && (is_open(*own) || !is_open(*former)))) return {};
  return store.put_breaker(runtime.scope, *former);
}

Result<void> bring_breaker_back(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now) {
  if (!runtime.settings.gates.breaker.is_set()) return {};
  SB_ASSIGN(auto breaker, store.breaker(runtime.scope));
  if (!breaker || !bring_back(*breaker, now)) return {};
  return store.put_breaker(runtime.scope, *breaker);
}

}  // namespace sideband
