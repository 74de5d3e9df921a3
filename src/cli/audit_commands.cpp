#include "cli/audit_commands.h"

#include <ostream>

#include "audit/verify/export.h"
#include "audit/verify/leaf_proof.h"
#include "base/read_file.h"
#include "cli/exit_codes.h"

namespace sideband::cli {
namespace {

int audit_fail(const Error& error, std::ostream& err) {
  err << "sideband audit: " << error.message << "\n";
  return error.code == ErrorCode::kCorrupt ? kProofFailed : kUsage;
}

// A checkpoint, or a record with its proof: neither can be large.
Result<std::string> slurp(const std::string& path) {
  return read_bounded_file(path, 1U << 20U);
}

Result<VerifyReport> verify(const AuditVerifyArguments& arguments) {
  SB_ASSIGN(VerifierKey key, parse_verifier_key(arguments.key));
  VerifyRequest request{arguments.folder, std::move(key), std::nullopt};
  if (!arguments.saved_note.empty()) {
    SB_ASSIGN(request.saved_note, slurp(arguments.saved_note));
  }
  return verify_export(request);
}

Result<Checkpoint> check_proof(const AuditCheckProofArguments& arguments) {
  SB_ASSIGN(const VerifierKey key, parse_verifier_key(arguments.key));
  SB_ASSIGN(const std::string text, slurp(arguments.file));
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) return Error::corrupt(arguments.file + " has no proof");
  return check_leaf_proof(text.substr(0, end), text.substr(end + 1), key);
}

}  // namespace

int audit_verify_command(const AuditVerifyArguments& arguments, std::ostream& out,
                         std::ostream& err) {
  const auto report = verify(arguments);
  if (!report.ok()) return audit_fail(report.error(), err);
  out << "verified " << report->leaves << " records, root " << report->root << ", "
      << report->open_intents << " steps still open\n";
  if (arguments.saved_note.empty()) {
    err << "note: without a saved checkpoint a log that was cut or replaced as a whole looks "
           "genuine; keep "
        << arguments.folder << "/checkpoint for the next time\n";
  }
  return kOk;
}

int audit_check_proof_command(const AuditCheckProofArguments& arguments, std::ostream& out,
                              std::ostream& err) {
  const auto checkpoint = check_proof(arguments);
  if (!checkpoint.ok()) return audit_fail(checkpoint.error(), err);
  out << "proven: the record is in the log " << checkpoint->origin << " of " << checkpoint->size
      << " records\n";
  return kOk;
}

}  // namespace sideband::cli
