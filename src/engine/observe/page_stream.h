// One side of a scan, page by page. It reads ahead, so that both targets and the comparison work at
// the same time.
#pragma once

#include "engine/observe/prefetcher.h"
#include "engine/runtime/reconciler_runtime.h"

namespace sideband {

// Whether both sides may be asked at the same time. Not where they share a target that gives one
// connection: one side would spend the other's time with waiting.
bool sides_overlap(const ReconcilerRuntime& runtime);

// What is asked of a side from its start: pages of the size that it likes, within the runtime's
// time.
ScanRequest first_page(const ReconcilerRuntime& runtime, const Collection& side);

// `side` must outlive it.
class PageStream : public Prefetcher<ScanPage> {
 public:
  PageStream(Collection& side, ScanRequest request, bool ahead);
};

}  // namespace sideband
