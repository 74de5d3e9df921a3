// The verb `audit`: export and prove ask the daemon, verify and check-proof need none.
#include <unistd.h>

#include <iostream>

#include "cli/audit_commands.h"
#include "cli/grammar/verbs.h"
#include "cli/remote_commands.h"

namespace sideband::cli {
namespace {

void add_audit_verify(CommandLine& line, CLI::App* audit) {
  CLI::App* const verb = audit->add_subcommand(
      "verify", "Verify a log, a record's proof or a checkpoint, offline; exit 0 or 9");
  const auto arguments = std::make_shared<AuditVerifyArguments>();
  verb->add_option("FOLDER", arguments->folder, "What audit export wrote");
  verb->add_option("--jsonl", arguments->records,
                   "Records alone, one a line; - for standard input");
  verb->add_option("--tiles", arguments->tiles, "A folder of tiles (C2SP), of any producer");
  verb->add_flag("--hashes-only", arguments->hashes_only, "Of --tiles: entries may be missing")
      ->needs("--tiles");
  verb->add_option("--proof", arguments->proof, "What audit prove wrote");
  verb->add_option("--note", arguments->note, "A signed checkpoint, alone or of --jsonl");
  verb->add_option("--key", arguments->key, "Public key: name+hash+base64");
  verb->add_option("--origin", arguments->origin, "Name of the log, where it is not the key's");
  verb->add_option("--since,--saved-checkpoint", arguments->saved_note,
                   "A checkpoint that you kept from before: the log must go on from it");
  on_run(line, verb, [&line, arguments] {
    arguments->json = line.format == "json";
    return audit_verify_command(*arguments, std::cout, std::cerr);
  });
}

void add_audit_check_proof(CommandLine& line, CLI::App* audit) {
  CLI::App* const verb = audit->add_subcommand(
      "check-proof", "Check an inclusion or consistency proof in JSON on standard input");
  verb->footer(
      verb->get_footer() +
      "\nHashes are in base64. Exit codes: 0 it holds, 9 it does not, 2 it is no question.\n"
      "  {\"kind\":\"inclusion\",\"leafIndex\":I,\"treeSize\":N,\"leafHash\":H,\n"
      "   \"proof\":[H,...],\"root\":H}\n"
      "  {\"kind\":\"consistency\",\"size1\":M,\"size2\":N,\"root1\":H,\"root2\":H,\n"
      "   \"proof\":[H,...]}\n");
  on_run(line, verb, [] { return audit_check_proof_command(std::cin, std::cout, std::cerr); });
}

void add_audit_export(CommandLine& line, CLI::App* audit) {
  CLI::App* const verb =
      audit->add_subcommand("export", "Write the log to a folder, up to its last checkpoint");
  const auto folder = std::make_shared<std::string>();
  verb->add_option("FOLDER", *folder, "An absolute path")->required();
  const auto as_tiles = std::make_shared<bool>(false);
  verb->add_flag("--tiles", *as_tiles, "As a tree of tiles (C2SP), for other tools of such logs");
  on_daemon(line, verb, [folder, as_tiles](RemoteContext& context) {
    return audit_export_remote(context, *folder, *as_tiles);
  });
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
                                    "sideband audit verify --proof proof --key \"$(cat KEYFILE)\"",
                                    "sideband audit check-proof < examples/proof.json"});
  audit->require_subcommand(1);
  add_audit_verify(line, audit);
  add_audit_check_proof(line, audit);
  add_audit_export(line, audit);
  add_audit_prove(line, audit);
}

}  // namespace sideband::cli
