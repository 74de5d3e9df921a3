// The verb `audit`: export and prove ask the daemon, verify and check-proof need none.
#include <unistd.h>

#include <iostream>

#include "cli/audit_commands.h"
#include "cli/grammar/verbs.h"
#include "cli/remote_commands.h"

namespace sideband::cli {
namespace {

void add_audit_verify(CommandLine& line, CLI::App* audit) {
  CLI::App* const verb = audit->add_subcommand("verify", "Verify an exported log; exit 0 or 9");
  const auto arguments = std::make_shared<AuditVerifyArguments>();
  verb->add_option("FOLDER", arguments->folder, "What audit export wrote")->required();
  verb->add_option("--key", arguments->key, "Public key: name+hash+base64")->required();
  verb->add_option("--saved-checkpoint", arguments->saved_note,
                   "A checkpoint that you kept from before");
  on_run(line, verb,
         [arguments] { return audit_verify_command(*arguments, std::cout, std::cerr); });
}

void add_audit_check_proof(CommandLine& line, CLI::App* audit) {
  CLI::App* const verb = audit->add_subcommand("check-proof", "Check the proof of one record");
  const auto proof = std::make_shared<AuditCheckProofArguments>();
  verb->add_option("FILE", proof->file, "What audit prove wrote")->required();
  verb->add_option("--key", proof->key, "Public key: name+hash+base64")->required();
  on_run(line, verb, [proof] { return audit_check_proof_command(*proof, std::cout, std::cerr); });
}

void add_audit_export(CommandLine& line, CLI::App* audit) {
  CLI::App* const verb =
      audit->add_subcommand("export", "Write the log to a folder, up to its last checkpoint");
  const auto folder = std::make_shared<std::string>();
  verb->add_option("FOLDER", *folder, "An absolute path")->required();
  on_daemon(line, verb,
            [folder](RemoteContext& context) { return audit_export_remote(context, *folder); });
}

void add_audit_prove(CommandLine& line, CLI::App* audit) {
  CLI::App* const verb = audit->add_subcommand("prove", "Print one record with its proof");
  const auto index = std::make_shared<std::string>();
  verb->add_option("INDEX", *index)->required();
  on_daemon(line, verb, [&line, index](RemoteContext& context) {
    if (isatty(STDOUT_FILENO) != 1) line.as_bytes();
    return audit_prove_remote(context, *index);
  });
}

}  // namespace

void add_audit_verb(CommandLine& line) {
  CLI::App* const audit = add_verb(line, "audit", "The audit log: export, verify, prove",
                                   {"sideband audit export /tmp/audit",
                                    "sideband audit verify /tmp/audit --key \"$(cat KEYFILE)\"",
                                    "sideband audit prove 0 > proof",
                                    "sideband audit check-proof proof --key \"$(cat KEYFILE)\""});
  audit->require_subcommand(1);
  add_audit_verify(line, audit);
  add_audit_check_proof(line, audit);
  add_audit_export(line, audit);
  add_audit_prove(line, audit);
}

}  // namespace sideband::cli
