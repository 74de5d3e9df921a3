// The chunks of a plan as the store has them, read ahead of whoever goes through them.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/observe/prefetcher.h"
#include "ports/plan_hash.h"
#include "ports/store.h"

namespace sideband {

struct PlanChunk {
  std::vector<Change> changes;
  std::vector<Digest> leaves;  // what a PlanHasher takes of each of them
  bool last = false;
  // Of these places alone, in order.
  [[nodiscard]] PlanChunk only(const std::vector<std::size_t>& places) const;
};

// The chunks first, first + stride, ... below `end`.
struct ChunkRange {
  Uuid plan;
  std::int64_t first = 0;
  std::int64_t end = 0;
  std::int64_t stride = 1;
};

// Each chunk is read in a transaction of its own: nobody may write one that is still to come. Used
// by one thread at a time, which blocks on the store; with `ahead` a thread of its own reads.
class PlanChunks {
 public:
  // `store` must outlive it.
  PlanChunks(Store& store, const ChunkRange& range, bool ahead);
  // Not called again after the last one or an error.
  Result<PlanChunk> next() { return chunks_.next(); }

 private:
  Prefetcher<PlanChunk> chunks_;
};

// The hash of the plan's changes as they are in the store now. Blocks.
Result<std::string> stored_hash(Store& store, const Plan& plan, bool ahead);

}  // namespace sideband
