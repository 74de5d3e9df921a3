#include "engine/decide/plan_chunks.h"

namespace sideband {
namespace {

Result<PlanChunk> read_plan_chunk(Store& store, const Uuid& plan, std::int64_t seq) {
  std::string bytes;
  SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(bytes, reader.chunk(plan, seq));
    return {};
  }));
  PlanChunk chunk;
  SB_ASSIGN(chunk.changes, decode_changes(bytes));
  chunk.leaves.reserve(chunk.changes.size());
  for (const Change& change : chunk.changes) chunk.leaves.push_back(PlanHasher::leaf_of(change));
  return chunk;
}

}  // namespace

PlanChunk PlanChunk::only(const std::vector<std::size_t>& places) const {
  PlanChunk out;
  for (const std::size_t place : places) {
    out.changes.push_back(changes[place]);
    out.leaves.push_back(leaves[place]);
  }
  out.last = last;
  return out;
}

PlanChunks::PlanChunks(Store& store, const ChunkRange& range, bool ahead)
    : chunks_(
          "chunks ahead",
          [&store, left = range]() mutable -> Result<PlanChunk> {
            SB_ASSIGN(PlanChunk chunk, read_plan_chunk(store, left.plan, left.first));
            left.first += left.stride;
            chunk.last = left.first >= left.end;
            return chunk;
          },
          ahead) {}

// Hashing is the work here: the chunks of even and of odd numbers are hashed beside each other.
Result<std::string> stored_hash(Store& store, const Plan& plan, bool ahead) {
  PlanHasher hasher;
  PlanChunks even(store, {plan.id, 0, plan.chunks, 2}, ahead);
  PlanChunks odd(store, {plan.id, 1, plan.chunks, 2}, ahead);
  for (std::int64_t seq = 0; seq < plan.chunks; ++seq) {
    SB_ASSIGN(const PlanChunk chunk, (seq % 2 == 0 ? even : odd).next());
    for (const Digest& leaf : chunk.leaves) hasher.add(leaf);
  }
  return hasher.hex();
}

}  // namespace sideband
