// Proves that one record is in the audit log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "merkle/compact_range.h"
#include "ports/store.h"

namespace sideband {

struct LeafProof {
  std::string record;
  std::string proof;
};

// A proof that leaf `index` is under the last checkpoint: a C2SP tlog-proof, which is the line
// "c2sp.org/tlog-proof@v1", "index N", one base64 hash a line, an empty line and the checkpoint.
//
// Reads fewer than 512 leaves, and the stored roots of the larger subtrees; the first proof of a
// log that an earlier build wrote reads all of it once and stores them. kNotFound for an index that
// is not under a checkpoint yet, kCorrupt when the proof would not lead to the signed root. Blocks.
Result<LeafProof> prove_leaf(Store& store, std::int64_t index);

// Whether leaf `index` leads to `head`, which was signed and is larger, by the roots of subtrees
// that the store has; nothing where one of these is missing, as in a log that an earlier build
// wrote. kCorrupt: a leaf is missing. Reads fewer than 512 leaves. Blocks.
Result<std::optional<bool>> leads_to(Store& store, std::uint64_t index, const CompactRange& head);

}  // namespace sideband
