#include "cli/manual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/reference.h"
#include "settings/catalogue.h"

namespace sideband::cli {
namespace {

// Text that roff does not read as its own: no escapes, hyphens that can be copied, and no line that
// begins with a request.
std::string roff(const std::string& text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_begins = c == '\n';
  }
  return out;
}

std::string bold(const std::string& text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string head(const std::string& name, int section, const ManualEdition& edition) {
  return fmt::format(".TH {} {} {} \"sideband {}\" \"Resolved Sideband\"\n", roff(upper(name)),
                     section, edition.date, edition.version);
}

std::string section(const std::string& name, const std::string& body) {
  return body.empty() ? "" : ".SH " + name + "\n" + body;
}

// Lines that stay as they are.
std::string verbatim(const std::string& text) {
  return ".nf\n" + roff(text) + (text.ends_with('\n') ? "" : "\n") + ".fi\n";
}

std::string value_word(const CommandOption& option) {
  if (!option.choices.empty()) return fmt::format("{}", fmt::join(option.choices, "|"));
  return "VALUE";
}

std::string option_entry(const CommandOption& option) {
  std::string out = ".TP\n";
  if (option.names.empty()) {
    out += "\\fI" + roff(option.positional) + "\\fR\n";
  } else {
    std::vector<std::string> names;
    for (const std::string& name : option.names) names.push_back(bold(name));
    out += fmt::format("{}", fmt::join(names, ", "));
    if (option.takes_value) out += " \\fI" + roff(value_word(option)) + "\\fR";
    out += "\n";
  }
  out += roff(option.doc.empty() ? "As in the examples" : option.doc) + ".\n";
  if (!option.fallback.empty()) out += "Default: " + roff(option.fallback) + ".\n";
  if (!option.environment.empty())
    out += "The variable " + bold(option.environment) + " stands for it.\n";
  return out;
}

std::string options_of(const Command& command) {
  std::string out;
  for (const CommandOption& option : command.options) out += option_entry(option);
  return out;
}

std::string synopsis(const std::string& name, const Command& command) {
  std::string out = bold(name);
  const bool any = std::any_of(command.options.begin(), command.options.end(),
                               [](const CommandOption& option) { return !option.names.empty(); });
  if (any) out += " [\\fIOPTIONS\\fR]";
  for (const CommandOption& option : command.options) {
    if (!option.names.empty()) continue;
    const std::string word = "\\fI" + roff(option.positional) + "\\fR" + (option.many ? "..." : "");
    out += option.required ? " " + word : " [" + word + "]";
  }
  return out + "\n";
}

std::string examples_of(const Command& command) {
  std::string lines;
  for (const std::string& example : command.examples) lines += example + "\n";
  return lines.empty() ? "" : verbatim(lines);
}

std::string below(const std::string& name, const Command& command) {
  std::string out;
  for (const Command& one : command.commands) {
    out += ".SS " + roff(one.name) + "\n" + synopsis(name + " " + one.name, one) + ".PP\n" +
           roff(one.doc) + ".\n" + options_of(one);
  }
  return out;
}

std::string verb_page(const Command& verb, const ManualEdition& edition) {
  const std::string name = "sideband-" + verb.name;
  return head(name, 1, edition) + section("NAME", roff(name + " - " + verb.doc) + "\n") +
         section("SYNOPSIS", verb.commands.empty()
                                 ? synopsis("sideband " + verb.name, verb)
                                 : bold("sideband " + verb.name) + " \\fICOMMAND\\fR\n") +
         section("DESCRIPTION",
                 roff(verb.doc) + ".\nOptions of every command are in\n.BR sideband (1).\n") +
         section("OPTIONS", options_of(verb)) +
         section("COMMANDS", below("sideband " + verb.name, verb)) +
         section("EXAMPLES", examples_of(verb)) +
         section("NOTES", verb.more.empty() ? "" : verbatim(verb.more)) +
         section("SEE ALSO", ".BR sideband (1),\n.BR sideband.yaml (5)\n");
}

std::string verb_list(const Command& all) {
  std::string out;
  for (const Command& verb : all.commands) {
    out += ".TP\n.BR sideband\\-" + roff(verb.name) + " (1)\n" + roff(verb.doc) + ".\n";
  }
  return out;
}

std::string main_page(const Command& all, const ManualEdition& edition) {
  return head("sideband", 1, edition) + section("NAME", roff("sideband - " + all.doc) + "\n") +
         section("SYNOPSIS", bold("sideband") + " [\\fIOPTIONS\\fR] \\fICOMMAND\\fR ...\n") +
         section("DESCRIPTION",
                 "One binary, daemon and command line. It compares what production should be with\n"
                 "what it is, and repairs the difference through gates.\n") +
         section("OPTIONS", options_of(all)) + section("COMMANDS", verb_list(all)) +
         section("EXIT STATUS", verbatim(all.more)) +
         section("FILES",
                 ".TP\n.I /etc/sideband/sideband.yaml\nConfiguration, with\n"
                 ".I /etc/sideband/conf.d/*.yaml\nbeside it.\n"
                 ".TP\n.I /var/lib/sideband\nState folder of the daemon.\n") +
         section("SEE ALSO", ".BR sideband.yaml (5),\n.BR systemd.service (5)\n");
}

std::string field_entry(const config::ReferenceRow& row) {
  std::string out = ".TP\n" + bold(row.path) + "\n" + roff(row.doc) + "\nType: " + roff(row.type) +
                    (row.presence.empty() ? "" : "; " + roff(row.presence)) + ".\n";
  return out;
}

std::string config_page(const std::vector<config::DriverFields>& drivers,
                        const ManualEdition& edition) {
  std::string tables;
  for (const config::NamedTable& table : policy::reference_tables(drivers)) {
    tables += section(roff(upper(table.name)), roff(table.doc) + "\n");
    for (const config::ReferenceRow& row : config::reference_rows(table.fields)) {
      tables += field_entry(row);
    }
  }
  return head("sideband.yaml", 5, edition) +
         section("NAME", "sideband.yaml \\- configuration of sideband\n") +
         section(
             "DESCRIPTION",
             "Documents in YAML, each with\n.BR apiVersion ,\n.BR kind ,\n.B metadata\nand\n"
             ".BR spec .\nUnknown and duplicate keys are errors. Durations are written like 30s\n"
             "or 1h30m, sizes like 64KiB, percentages like 10%.\n.PP\n"
             "A folder is read as its sideband.yaml with conf.d/*.yaml, or else as all of its\n"
             "*.yaml files.\n") +
         tables + section("SEE ALSO", ".BR sideband (1),\n.BR sideband\\-check (1)\n");
}

}  // namespace

std::map<std::string, std::string> manual_pages(const Command& all,
                                                const std::vector<config::DriverFields>& drivers,
                                                const ManualEdition& edition) {
  std::map<std::string, std::string> pages;
  pages["sideband.1"] = main_page(all, edition);
  for (const Command& verb : all.commands) {
    pages["sideband-" + verb.name + ".1"] = verb_page(verb, edition);
  }
  pages["sideband.yaml.5"] = config_page(drivers, edition);
  return pages;
}

}  // namespace sideband::cli
