// What differs between two documents, path by path. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/document.h"

namespace sideband {

struct Difference {
  enum class Kind : std::uint8_t { kAdded, kRemoved, kChanged };

  std::string pointer;  // JSON pointer (RFC 6901); "" = the document itself
  Kind kind = Kind::kChanged;
  Document before = {};  // null for kAdded
  Document after = {};   // null for kRemoved
};

// Lists of maps whose items are told apart by one of their members, like the name of a container.
struct KeyedList {
  std::string path;
  std::string by;
};

// Pointers here may have `*` as a segment, which matches every key and every index.
struct DiffOptions {
  std::vector<std::string> ignore = {};  // paths that may differ, with all below them
  std::vector<std::string> sets = {};    // lists compared without order and without duplicates
  std::vector<KeyedList> keyed = {};     // for declared_over only
};

// Differences from `before` to `after`, in the order of keys and indexes; empty when there are
// none. A member that is null is not a missing one. The order of keys never matters; the order of
// lists does unless they are named in `sets`. Of a set, an added item has its index in `after`, a
// removed one its index in `before`.
std::vector<Difference> diff_documents(const Document& before, const Document& after,
                                       const DiffOptions& options);

// One text for all documents that do not differ under `options`: JSON with sorted keys, canonical
// numbers, ignored paths left out, sets sorted. For digests and for comparing bytes.
std::string canonical_form(const Document& document, const DiffOptions& options);

}  // namespace sideband
