// Verifies a log that lies as a tree of tiles and entry bundles (https://c2sp.org/tlog-tiles), of
// whatever producer: its checkpoint, each tile, each entry, and the tree over them.
#pragma once

#include <optional>
#include <string>

#include "audit/verify/leaf_checker.h"
#include "audit/verify/note.h"
#include "base/result.h"

namespace sideband {

struct VerifyTilesRequest {
  std::string folder;
  VerifierKey key;
  std::optional<std::string> origin = {};      // of the log; nothing for the key's name
  std::optional<std::string> saved_note = {};  // an earlier checkpoint of the same log
  // Whether entries may be missing: the tiles of their hashes speak for them then, as in a log that
  // was pruned or that keeps its entries in another form.
  bool hashes_only = false;
};

// Reads each file that a log of the checkpoint's size has; for a partial tile or bundle the full
// one does as well. Memory: a bundle of 256 entries, two tiles of each level. kCorrupt: the proof
// failed, or a file of the tree is missing; the message names the first bad index where one can be
// told. kNotFound, kInvalid: there is no checkpoint that can be read.
Result<VerifyReport> verify_tiles(const VerifyTilesRequest& request);

}  // namespace sideband
