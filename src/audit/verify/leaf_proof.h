// Checks the proof of one record without trusting who made it.
#pragma once

#include <string>

#include "audit/verify/note.h"
#include "base/result.h"

namespace sideband {

// The checkpoint under which `proof` (C2SP tlog-proof) shows `record`; kCorrupt when it does not.
Result<Checkpoint> check_leaf_proof(const std::string& record, const std::string& proof,
                                    const VerifierKey& key);

}  // namespace sideband
