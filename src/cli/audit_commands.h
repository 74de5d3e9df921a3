// `sideband audit verify | check-proof`, without the parsing of arguments.
//
// Data goes to `out`, talk to `err`. They return the process's exit code: 0 done, 2 an input is
// missing or malformed so that nothing is proven either way, 9 the proof failed.
#pragma once

#include <iosfwd>
#include <string>

namespace sideband::cli {

// One of folder, records, tiles, proof, or note alone; empty for what is not given.
struct AuditVerifyArguments {
  std::string folder = {};      // what `audit export` wrote
  std::string records = {};     // records alone, one a line
  std::string tiles = {};       // a folder of tiles and entry bundles
  std::string proof = {};       // a record with its proof, as `audit prove` writes it
  std::string note = {};        // a signed checkpoint; with `records` the one over them
  std::string key = {};         // "name+hash+base64"
  std::string origin = {};      // of the log; empty for the key's name
  std::string saved_note = {};  // path of a checkpoint saved earlier
  bool hashes_only = false;     // of tiles: entries may be missing
  bool json = false;
};
int audit_verify_command(const AuditVerifyArguments& arguments, std::ostream& out,
                         std::ostream& err);

// Answers the question of audit/verify/proof_question.h on `in`.
int audit_check_proof_command(std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace sideband::cli
