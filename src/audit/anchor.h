// The anchor file: the last signed head of the audit log, kept outside the database.
//
// Content: the signed note, then one line "hash BASE64" for each hash of the tree's compact range,
// so that signing goes on without reading the whole log. The hashes need no signature of their own:
// the note's root is computed from them.
#pragma once

#include <string>

#include "base/result.h"
#include "merkle/compact_range.h"

namespace sideband {

struct Anchor {
  std::string note;
  CompactRange tree;
};

// Durable when it returns.
Result<void> write_anchor(const std::string& path, const Anchor& anchor);

// kNotFound when there is no file; kCorrupt when it is malformed. Checks no signature.
Result<Anchor> read_anchor(const std::string& path);

}  // namespace sideband
