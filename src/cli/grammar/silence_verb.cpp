// sideband silence.
#include "cli/grammar/verbs.h"
#include "cli/silence_commands.h"

namespace sideband::cli {
namespace {

// An empty word is most likely a variable that was not set: it must not match everything.
std::string no_empty_word(const std::string& word) {
  return word.empty() ? "is empty" : "";
}

void add_add(CommandLine& line, CLI::App* silence) {
  CLI::App* const add = silence->add_subcommand(
      "add", "For a while the loop starts nothing of what matches, and Channels are not told");
  const auto options = std::make_shared<SilenceOptions>();
  add->add_option("--reconciler", options->reconciler, "Its name; * is any text")
      ->check(&no_empty_word);
  add->add_option("--owner", options->owner, "That has this owner in its labels")
      ->check(&no_empty_word);
  add->add_option("--target", options->target, "That reads, writes or is woken by this target")
      ->check(&no_empty_word);
  add->add_option("--label", options->labels, "That has this label, as name=value; all given");
  add->add_flag("--all", options->all, "Everything");
  add->add_option("--for", options->length, "How long, up to 30d")->required();
  add->add_option("--reason", options->reason, "Why")->required();
  add->add_flag("--dry-run", options->dry_run, "Only say what it would match now");
  on_daemon(line, add,
            [options](RemoteContext& context) { return silence_add_command(context, *options); });
}

}  // namespace

void add_silence_verb(CommandLine& line) {
  CLI::App* const silence =
      add_verb(line, "silence", "Let the loop leave something alone for a while",
               {"sideband silence add --reconciler \"fleet-*\" --for 2h --reason \"migration\"",
                "sideband silence add --target fleet --for 1d --reason \"restore\" --dry-run",
                "sideband silence list"});
  silence->require_subcommand(1);
  add_add(line, silence);
  CLI::App* const list = silence->add_subcommand("list", "What is silenced, and what ended lately");
  on_daemon(line, list, [](RemoteContext& context) { return silence_list_command(context); });
  CLI::App* const expire = silence->add_subcommand("expire", "End a silence now");
  const auto id = std::make_shared<std::string>();
  expire->add_option("SILENCE", *id, "Its id")->required();
  on_daemon(line, expire,
            [id](RemoteContext& context) { return silence_expire_command(context, *id); });
}

}  // namespace sideband::cli
