// One side of a scan, page by page. It reads ahead, so that both targets and the comparison work at
// the same time.
#pragma once

#include "engine/observe/ahead.h"
#include "engine/runtime/channel.h"

namespace sideband {

// Whether both sides may be asked at the same time. Not where they share a target that gives one
// connection: one side would spend the other's time with waiting.
bool sides_overlap(const Channel& channel);

// What is asked of a side from its start: pages of the size that it likes, within the channel's
// time.
ScanRequest first_page(const Channel& channel, const Collection& side);

// `side` must outlive it.
class PageStream : public Ahead<ScanPage> {
 public:
  PageStream(Collection& side, ScanRequest request, bool ahead);
};

}  // namespace sideband
