#include "engine/decide/load_head.h"

#include "engine/decide/breaker_rows.h"
#include "engine/decide/gate_state.h"
#include "policy/source_judge.h"

namespace sideband {

namespace {

// `head`, a row of the store, with the source of what `runtime` protects.
Result<void> take_source(StoreReader& store, const ReconcilerRuntime& runtime,
                         ReconcilerHead& head) {
  if (head.source_scope == runtime.source_scope) return {};
  SB_ASSIGN(const auto kept, store.source(runtime.source_scope));
  head.source = merge_sources(kept.value_or(SourceState{}), head.source);
  head.source_scope = runtime.source_scope;
  return {};
}

}  // namespace

Result<ReconcilerHead> load_head(StoreReader& store, const ReconcilerRuntime& runtime) {
  SB_ASSIGN(auto row, store.head(runtime.name()));
  ReconcilerHead head = row ? std::move(*row) : ReconcilerHead{};
  SB_TRY(take_source(store, runtime, head));
  return head;
}

Result<ReconcilerHead> adopt_head(StoreTx& store, const ReconcilerRuntime& runtime) {
  SB_ASSIGN(auto row, store.head(runtime.name()));
  const bool same = row && row->scope == runtime.scope && row->source_scope == runtime.source_scope;
  ReconcilerHead head = row ? std::move(*row) : ReconcilerHead{};
  if (same) return head;
  SB_TRY(take_source(store, runtime, head));
  if (head.scope != runtime.scope) {
    SB_TRY(adopt_windows(store, runtime, head.scope));
    SB_TRY(adopt_breaker(store, runtime, head.scope));
  }
  head.scope = runtime.scope;
  SB_TRY(store.put_head(runtime.name(), head));
  return head;
}

}  // namespace sideband
