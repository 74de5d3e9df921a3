#include "cli/audit_commands.h"

#include <fstream>
#include <iterator>
#include <ostream>

#include "audit/verify/export.h"

namespace sideband {
namespace {

constexpr int kDone = 0;
constexpr int kUsage = 2;
constexpr int kProofFailed = 9;

int fail(const Error& error, std::ostream& err) {
  err << "sideband audit: " << error.message << "\n";
  return error.code == ErrorCode::kCorrupt ? kProofFailed : kUsage;
}

Result<std::string> slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error::not_found("cannot open " + path);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
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
  if (!report.ok()) return fail(report.error(), err);
  out << "verified " << report->leaves << " records, root " << report->root << ", "
      << report->open_intents << " steps still open\n";
  if (arguments.saved_note.empty()) {
    err << "note: without a saved checkpoint a log that was cut or replaced as a whole looks "
           "genuine; keep "
        << arguments.folder << "/checkpoint for the next time\n";
  }
  return kDone;
}

int audit_check_proof_command(const AuditCheckProofArguments& arguments, std::ostream& out,
                              std::ostream& err) {
  const auto checkpoint = check_proof(arguments);
  if (!checkpoint.ok()) return fail(checkpoint.error(), err);
  out << "proven: the record is in the log " << checkpoint->origin << " of " << checkpoint->size
      << " records\n";
  return kDone;
}

}  // namespace sideband
