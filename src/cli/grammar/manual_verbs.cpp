// Verbs that tell of the command line itself: completion, manual, version.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/completion.h"
#include "cli/exit_codes.h"
#include "cli/grammar/parser_table.h"
#include "cli/grammar/verbs.h"
#include "cli/manual.h"

namespace sideband::cli {
namespace {

Command whole_table(const CommandLine& line) {
  Command all = command_table(line.app);
  all.name = "sideband";
  return all;
}

void add_completion(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "completion", "Print a completion script for a shell",
      {"sideband completion bash > sideband.bash", "sideband completion fish > sideband.fish"});
  const auto shell = std::make_shared<std::string>();
  verb->add_option("SHELL", *shell, "The shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  on_run(line, verb, [&line, shell] {
    std::cout << completion_script(whole_table(line), *shell);
    return static_cast<int>(kOk);
  });
}

int write_manual(const CommandLine& line, const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const auto pages = manual_pages(whole_table(line), line.program.driver_fields(),
                                  {line.program.version, line.program.date});
  for (const auto& [name, text] : pages) {
    std::ofstream file(std::filesystem::path(folder) / name, std::ios::binary | std::ios::trunc);
    if (file << text && file.flush()) continue;
    std::cerr << "sideband: " << folder << "/" << name << " cannot be written\n";
    return kUsage;
  }
  std::cout << pages.size() << " pages\n";
  return kOk;
}

void add_manual(CommandLine& line) {
  CLI::App* const verb =
      add_verb(line, "manual", "Write the manual pages to a folder", {"sideband manual /tmp/man"});
  const auto folder = std::make_shared<std::string>();
  verb->add_option("FOLDER", *folder, "Made when it is not there")->required();
  on_run(line, verb, [&line, folder] { return write_manual(line, *folder); });
}

}  // namespace

void add_manual_verbs(CommandLine& line) {
  add_completion(line);
  add_manual(line);
  CLI::App* const version = add_verb(line, "version", "Print the version", {"sideband version"});
  on_run(line, version, [&line] {
    std::cout << "sideband " << line.program.version << "\n";
    return static_cast<int>(kOk);
  });
}

}  // namespace sideband::cli
