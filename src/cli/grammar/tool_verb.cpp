// The verb `tool`: needs neither configuration nor a daemon.
#include <iostream>

#include "cli/grammar/verbs.h"
#include "cli/tool_commands.h"

namespace sideband::cli {
namespace {

using Command = int (*)(std::istream&, std::ostream&, std::ostream&);

void add_tool(CommandLine& line, CLI::App* tool, const std::string& name, const std::string& help,
              Command command) {
  CLI::App* const verb = tool->add_subcommand(name, help);
  on_run(line, verb, [&line, command] {
    line.as_bytes();
    return command(std::cin, std::cout, std::cerr);
  });
}

}  // namespace

void add_tool_verb(CommandLine& line) {
  CLI::App* const tool = add_verb(
      line, "tool", "Texts as the product reads them, for scripts",
      {"sideband tool canon < examples/facts.json", "sideband tool yaml < examples/facts.json"});
  tool->require_subcommand(1);
  add_tool(line, tool, "canon", "JSON from standard input in its canonical form (RFC 8785)",
           tool_canon_command);
  add_tool(line, tool, "yaml",
           "A configuration text from standard input as JSON, a document a line",
           tool_yaml_command);
}

}  // namespace sideband::cli
