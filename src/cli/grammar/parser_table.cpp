#include "cli/grammar/parser_table.h"

#include <sstream>

namespace sideband::cli {
namespace {

// The words of "TEXT:{table,json,name}", as the parser's own check describes them.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  std::vector<std::string> words;
  std::istringstream list(type.substr(open + 1, close - open - 1));
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return words;
}

CommandOption option_of(const CLI::Option& option) {
  CommandOption out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  if (out.names.empty()) out.positional = option.get_name(true);
  out.doc = option.get_description();
  out.takes_value = option.get_items_expected_max() > 0;
  if (out.takes_value) out.fallback = option.get_default_str();
  out.environment = option.get_envname();
  out.choices = choices_of(option);
  out.required = option.get_required();
  out.many = option.get_items_expected_max() > 1;
  return out;
}

// "Examples:" and the lines below it become the examples; the rest is said as it is.
void split_footer(const std::string& footer, Command& out) {
  std::istringstream lines(footer);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "Examples:") {
      inside = true;
    } else if (inside && line.starts_with("  sideband")) {
      out.examples.push_back(line.substr(2));
    } else if (inside = false; !line.empty() || !out.more.empty()) {
      out.more += line + "\n";
    }
  }
}

}  // namespace

Command command_table(const CLI::App& app) {
  Command out;
  out.name = app.get_name();
  out.doc = app.get_description();
  split_footer(app.get_footer(), out);
  for (const CLI::Option* option : app.get_options()) out.options.push_back(option_of(*option));
  for (const CLI::App* verb : app.get_subcommands({})) {
    out.commands.push_back(command_table(*verb));
  }
  return out;
}

}  // namespace sideband::cli
