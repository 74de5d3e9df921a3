// A proof of RFC 6962 as a question in JSON, with its answer: for scripts, and for the published
// vectors of other implementations.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sideband {

// Answers one of
//   {"kind":"inclusion","leafIndex":I,"treeSize":N,"leafHash":H,"proof":[H,...],"root":H}
//   {"kind":"consistency","size1":M,"size2":N,"root1":H,"root2":H,"proof":[H,...]}
// where hashes are in base64; a proof may be null for an empty one, other members are passed over.
// Gives what is proven, for people. kCorrupt: the proof does not hold, also because something in it
// is no hash or no size. kInvalid: it is no such question. A tree without leaves is the beginning
// of every log, so that a proof from it to another proves nothing and does not hold.
Result<std::string> answer_proof(std::string_view json);

}  // namespace sideband
