// Verifies an exported audit log without trusting who exported it.
//
// Needs the folder, the public key, and at best a checkpoint that the verifier saved earlier: only
// that tells a log whose tail was cut, or that was replaced by another one signed with the key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audit/verify/leaf_batches.h"
#include "audit/verify/leaf_checker.h"
#include "audit/verify/note.h"
#include "base/result.h"

namespace sideband {

struct VerifyRequest {
  std::string folder;
  VerifierKey key;
  std::optional<std::string> saved_note;  // an earlier checkpoint of the same log
  // Whether records are read and hashed by a second thread. What is found and said is the same.
  ReadAhead ahead = ReadAhead::kWhereCoresAre;
};

// Streams the folder once; memory O(log n) and the open repairs. kCorrupt: the proof failed; the
// message names the first bad index where one can be told. kNotFound, kStorage: a file cannot be
// read, nothing is proven either way.
Result<VerifyReport> verify_export(const VerifyRequest& request);

// The same of records alone, one a line: with a head they must be those that it signed, without one
// only what they say and that a saved checkpoint is met is proven.
Result<VerifyReport> verify_records(const std::string& path, const LogHeads& heads);

}  // namespace sideband
