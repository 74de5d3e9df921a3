#include "engine/decide/load_head.h"

#include "engine/decide/gate_state.h"
#include "policy/source_judge.h"

namespace sideband {

Result<ReconcilerHead> load_head(StoreReader& store, const ReconcilerRuntime& runtime) {
  SB_ASSIGN(const auto row, store.head(runtime.name()));
  ReconcilerHead head = row.value_or(ReconcilerHead{});
  if (head.source_scope == runtime.source_scope) return head;
  SB_ASSIGN(const auto kept, store.source(runtime.source_scope));
  head.source = merge_sources(kept.value_or(SourceState{}), head.source);
  head.source_scope = runtime.source_scope;
  return head;
}

Result<ReconcilerHead> adopt_head(StoreTx& store, const ReconcilerRuntime& runtime) {
  SB_ASSIGN(const auto row, store.head(runtime.name()));
  SB_ASSIGN(ReconcilerHead head, load_head(store, runtime));
  const bool moved = head.scope != runtime.scope;
  if (moved) SB_TRY(adopt_windows(store, runtime, head.scope));
  head.scope = runtime.scope;
  const bool same = !moved && row && row->source_scope == runtime.source_scope;
  if (!same) SB_TRY(store.put_head(runtime.name(), head));
  return head;
}

}  // namespace sideband
