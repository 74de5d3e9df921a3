// sideband context: needs no daemon.
#include <iostream>

#include "cli/context_commands.h"
#include "cli/grammar/verbs.h"

namespace sideband::cli {
namespace {

std::string is_context_name(const std::string& name) {
  const bool plain =
      !name.empty() && name.size() <= 63 &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  return plain ? "" : "must be of a-z, 0-9 and -";
}

// With the options that every verb has: --server, --ca, --token-file and the like.
void add_add(CommandLine& line, CLI::App* context) {
  CLI::App* const add = context->add_subcommand(
      "add", "Keep --server, with its --ca, --token-file and --client-cert, under a name");
  const auto name = std::make_shared<std::string>();
  add->add_option("NAME", *name)->required()->check(&is_context_name);
  on_run(line, add, [&line, name] {
    return context_add_command(*name,
                               {line.server, line.ca, line.token_file, line.certificate, line.key},
                               std::cout, std::cerr);
  });
}

void add_use(CommandLine& line, CLI::App* context) {
  CLI::App* const use = context->add_subcommand("use", "Ask this one from now on");
  const auto name = std::make_shared<std::string>();
  const auto none = std::make_shared<bool>(false);
  auto* const named = use->add_option("NAME", *name);
  auto* const socket = use->add_flag("--none", *none, "Ask the socket of this machine again");
  named->excludes(socket);
  on_run(line, use, [name, none] {
    if (name->empty() && !*none) {
      std::cerr << "sideband context use: give a NAME, or --none\n";
      return 2;
    }
    return context_use_command(*name, std::cout, std::cerr);
  });
}

}  // namespace

void add_context_verb(CommandLine& line) {
  CLI::App* const context =
      add_verb(line, "context", "Daemons on other machines, by name",
               {"sideband context add shop --server https://ops.example.net:9471",
                "sideband context use shop", "sideband context use --none", "sideband context ls",
                "sideband context rm shop"});
  context->require_subcommand(1);
  add_add(line, context);
  add_use(line, context);
  CLI::App* const list = context->add_subcommand("ls", "Those that there are; * is the one in use");
  on_run(line, list,
         [&line] { return context_list_command(line.format == "json", std::cout, std::cerr); });
  CLI::App* const remove = context->add_subcommand("rm", "Forget one");
  const auto name = std::make_shared<std::string>();
  remove->add_option("NAME", *name)->required();
  on_run(line, remove, [name] { return context_remove_command(*name, std::cout, std::cerr); });
}

}  // namespace sideband::cli
