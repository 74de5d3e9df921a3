// The command line as plain data: what help, manual pages and completions are all made from, so
// that none of them can say something else than the parser does.
#pragma once

#include <string>
#include <vector>

namespace sideband::cli {

struct CommandOption {
  std::vector<std::string> names;  // "-o", "--output"; empty for a positional
  std::string positional;          // "RECONCILER"
  std::string doc;
  std::string fallback;              // shown default; empty = none
  std::string environment;           // variable that stands for it; empty = none
  std::vector<std::string> choices;  // empty = anything
  bool takes_value = false;
  bool required = false;
  bool many = false;
};

struct Command {
  std::string name;  // "audit"; "sideband" for the whole
  std::string doc;
  std::vector<std::string> examples;  // shell lines
  std::string more;                   // what help says below the options
  std::vector<CommandOption> options;
  std::vector<Command> commands;
};

}  // namespace sideband::cli
