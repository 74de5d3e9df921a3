// `sideband audit verify | check-proof`, without the parsing of arguments.
//
// Data goes to `out`, talk to `err`. They return the process's exit code: 0 done, 2 an input is
// missing or malformed so that nothing is proven either way, 9 the proof failed.
#pragma once

#include <iosfwd>
#include <string>

namespace sideband::cli {

struct AuditVerifyArguments {
  std::string folder;
  std::string key;         // "name+hash+base64"
  std::string saved_note;  // path of a checkpoint saved earlier; empty = none
};
int audit_verify_command(const AuditVerifyArguments& arguments, std::ostream& out,
                         std::ostream& err);

struct AuditCheckProofArguments {
  std::string file;
  std::string key;
};
int audit_check_proof_command(const AuditCheckProofArguments& arguments, std::ostream& out,
                              std::ostream& err);

}  // namespace sideband::cli
