#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

namespace sideband::cli {
namespace {

using Visit = std::function<void(const std::string& path, const Command& command)>;

// The whole first, then each verb and what is below it; `path` is "audit export".
void for_each(const Command& command, const std::string& path, const Visit& visit) {
  visit(path, command);
  for (const Command& one : command.commands) {
    for_each(one, path.empty() ? one.name : path + " " + one.name, visit);
  }
}

// In single quotes for a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// What a value is, by the word that stands for it in help: the shell functions know these kinds.
std::string value_kind(const CommandOption& option) {
  if (!option.choices.empty()) return fmt::format("{}", fmt::join(option.choices, " "));
  const std::string& name = option.names.empty() ? option.positional : option.names.back();
  for (const char* file : {"--config", "--socket", "--token-file", "--out", "--files", "--root",
                           "--state", "--saved-checkpoint", "--folder", "PATH", "FILE", "FOLDER"}) {
    if (name == file) return "@files";
  }
  for (const char* word : {"RECONCILER", "NAME", "PLAN", "WHAT"}) {
    if (name == word) return "@reconcilers";
  }
  return name == "REPAIR" ? "@repairs" : "@nothing";
}

std::string option_words(const Command& command) {
  std::string words;
  for (const CommandOption& option : command.options) {
    for (const std::string& name : option.names) words += (words.empty() ? "" : " ") + name;
  }
  return words;
}

std::string argument_kind(const Command& command) {
  if (!command.commands.empty()) {
    std::string words;
    for (const Command& one : command.commands) words += (words.empty() ? "" : " ") + one.name;
    return words;
  }
  for (const CommandOption& option : command.options) {
    if (option.names.empty()) return value_kind(option);
  }
  return "@nothing";
}

// Three functions of the path: its options, what an option's value is, what its argument is.
std::string bash_tables(const Command& all) {
  std::string options, values, arguments;
  for_each(all, "", [&](const std::string& path, const Command& command) {
    options += fmt::format("    {}) echo {} ;;\n", quoted(path), quoted(option_words(command)));
    arguments += fmt::format("    {}) echo {} ;;\n", quoted(path), quoted(argument_kind(command)));
    for (const CommandOption& option : command.options) {
      if (!option.takes_value) continue;
      for (const std::string& name : option.names) {
        values += fmt::format("    {}) echo {} ;;\n", quoted(path + " " + name),
                              quoted(value_kind(option)));
      }
    }
  });
  return "_sideband_options() {\n  case \"$1\" in\n" + options + "  esac\n}\n" +
         "_sideband_value() {\n  case \"$1\" in\n" + values + "  esac\n}\n" +
         "_sideband_argument() {\n  case \"$1\" in\n" + arguments + "  esac\n}\n";
}

// Walks the words before the cursor: $path becomes the verb, $kind what is wanted at the cursor.
constexpr const char* kBashWalk = R"sh(_sideband_names() {
  sideband -q get "$1" -o name 2>/dev/null
}
_sideband_take() {
  local value
  value=$(_sideband_value "$path $1")
  [ -n "$value" ] || value=$(_sideband_value " $1")
  printf '%s' "$value"
}
_sideband() {
  local path='' kind='' word i cur=${COMP_WORDS[COMP_CWORD]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [ -n "$kind" ]; then
      kind=''
    elif [ "${word:0:1}" = - ]; then
      kind=$(_sideband_take "$word")
    elif [ -n "$(_sideband_options "${path:+$path }$word")" ]; then
      path=${path:+$path }$word
    fi
  done
  if [ -z "$kind" ] && [ "${cur:0:1}" = - ]; then
    kind="$(_sideband_options "$path") $(_sideband_options '')"
  elif [ -z "$kind" ]; then
    kind=$(_sideband_argument "$path")
  fi
  COMPREPLY=()
  case "$kind" in
    @files) _sideband_add "$(compgen -f -- "$cur")" ;;
    @reconcilers) _sideband_add "$(compgen -W "$(_sideband_names reconcilers)" -- "$cur")" ;;
    @repairs) _sideband_add "$(compgen -W "$(_sideband_names repairs)" -- "$cur")" ;;
    @nothing) ;;
    *) _sideband_add "$(compgen -W "$kind" -- "$cur")" ;;
  esac
}
_sideband_add() {
  local line
  while IFS= read -r line; do
    [ -n "$line" ] && COMPREPLY+=("$line")
  done <<<"$1"
}
)sh";

std::string bash_script(const Command& all) {
  return "# bash completion for sideband; made by: sideband completion bash\n" + bash_tables(all) +
         kBashWalk + "complete -o filenames -F _sideband sideband\n";
}

// zsh runs the functions of bash through its own bridge, so that there is one table to be right.
std::string zsh_script(const Command& all) {
  return "#compdef sideband\n# made by: sideband completion zsh\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         bash_tables(all) + kBashWalk +
         "complete -o filenames -F _sideband sideband\n"
         "[ \"${funcstack[1]}\" = _sideband ] && _bash_complete -o filenames -F _sideband "
         "sideband\n";
}

std::string fish_values(const CommandOption& option) {
  const std::string kind = value_kind(option);
  if (kind == "@files") return " -r -F";
  if (kind == "@reconcilers") return " -x -a '(sideband -q get reconcilers -o name 2>/dev/null)'";
  if (kind == "@repairs") return " -x -a '(sideband -q get repairs -o name 2>/dev/null)'";
  return kind == "@nothing" ? " -x" : " -x -a " + quoted(kind);
}

std::string fish_option(const std::string& when, const CommandOption& option) {
  std::string line = "complete -c sideband" + when;
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (option.takes_value || option.names.empty()) line += fish_values(option);
  return line + " -d " + quoted(option.doc) + "\n";
}

std::string fish_script(const Command& all) {
  std::string out =
      "# fish completion for sideband; made by: sideband completion fish\ncomplete -c sideband "
      "-f\n";
  for_each(all, "", [&](const std::string& path, const Command& command) {
    std::string when;
    for (std::size_t at = 0; at < path.size();) {
      const std::size_t end = std::min(path.find(' ', at), path.size());
      when += (when.empty() ? "" : "; and ") +
              ("__fish_seen_subcommand_from " + path.substr(at, end - at));
      at = end + 1;
    }
    const std::string children = command.commands.empty() ? "" : argument_kind(command);
    const std::string here = path.empty()
                                 ? "__fish_use_subcommand"
                                 : when + "; and not __fish_seen_subcommand_from " + children;
    if (!when.empty()) when = " -n " + quoted(when);
    for (const Command& one : command.commands) {
      out += "complete -c sideband -n " + quoted(here) + " -a " + one.name + " -d " +
             quoted(one.doc) + "\n";
    }
    for (const CommandOption& option : command.options) out += fish_option(when, option);
  });
  return out;
}

}  // namespace

std::string completion_script(const Command& all, const std::string& shell) {
  if (shell == "bash") return bash_script(all);
  if (shell == "zsh") return zsh_script(all);
  return shell == "fish" ? fish_script(all) : "";
}

}  // namespace sideband::cli
