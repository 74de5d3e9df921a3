#include "ports/step_tree.h"

#include "base/bytes.h"
#include "merkle/compact_range.h"

namespace sideband {

Digest change_commitment(std::string_view salt, std::uint64_t i, const Change& change) {
  std::string number;
  put_varint(number, i);
  const Digest own_salt = sha256({salt, number});
  return sha256({as_bytes(own_salt), change_json(change)});
}

Digest step_root(std::string_view salt, std::span<const Change> changes) {
  CompactRange tree;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    tree.append(leaf_hash(as_bytes(change_commitment(salt, i, changes[i]))));
  }
  return tree.root();
}

}  // namespace sideband
