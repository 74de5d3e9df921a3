#include "cli/config_commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>
#include <sstream>

#include "cli/exit_codes.h"
#include "config/reference.h"
#include "secrets/resolve.h"
#include "settings/catalogue.h"
#include "settings/load.h"

namespace sideband::cli {
namespace {

// "1 target", "2 targets".
std::string counted(std::size_t count, const std::string& word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string contents(const Settings& settings) {
  std::vector<std::string> parts = {counted(settings.targets.size(), "target"),
                                    counted(settings.reconcilers.size(), "reconciler")};
  if (!settings.playbooks.empty()) {
    parts.push_back(counted(settings.playbooks.size(), "playbook"));
  }
  if (!settings.groups.empty()) parts.push_back(counted(settings.groups.size(), "group"));
  if (settings.guardrails) parts.emplace_back("guardrails");
  return fmt::format("{}", fmt::join(parts, ", "));
}

// All sources at `paths`; false after saying why not.
bool read_all(const std::vector<std::string>& paths, std::vector<policy::SourceText>& sources,
              std::ostream& err) {
  bool good = true;
  for (const std::string& path : paths) {
    auto found = policy::read_sources(path, paths);
    if (!found.ok()) {
      err << "error: " << found.error().message << '\n';
      good = false;
      continue;
    }
    for (policy::SourceText& source : *found) sources.push_back(std::move(source));
  }
  return good;
}

}  // namespace

int check_command(const std::vector<std::string>& paths, const Drivers& drivers, WallTime now,
                  std::ostream& out, std::ostream& err, bool color) {
  std::vector<policy::SourceText> sources;
  if (paths.empty()) err << "error: no file or folder to check\n";
  if (!read_all(paths, sources, err) || paths.empty()) return kUsage;
  policy::Compiled compiled = policy::compile(sources, drivers, now);
  err << compiled.messages.render(color);
  if (!compiled.ok()) {
    err << fmt::format("{} in {}; nothing was loaded\n",
                       counted(compiled.messages.errors(), "error"),
                       counted(compiled.messages.files_with_errors(), "file"));
    return kUsage;
  }
  resolve_secrets(compiled.settings);
  const config::Messages lacking = warnings_of_lacking(compiled.settings);
  err << lacking.render(color);
  const std::size_t warnings = compiled.messages.warnings() + lacking.warnings();
  out << "ok: " << contents(compiled.settings)
      << (warnings == 0 ? "" : "; " + counted(warnings, "warning")) << '\n';
  return kOk;
}

policy::Compiled compile_for_places(const std::vector<std::string>& paths, const Drivers& drivers,
                                    WallTime now) {
  std::vector<policy::SourceText> sources;
  std::ostringstream unsaid;
  read_all(paths, sources, unsaid);
  return policy::compile(sources, drivers, now);
}

int explain_field_command(const std::string& path, const Drivers& drivers, std::ostream& out,
                          std::ostream& err) {
  const auto text = config::explain_field(policy::reference_tables(drivers), path);
  if (!text.ok()) {
    err << "error: " << text.error().message << '\n';
    return kUsage;
  }
  out << *text;
  return kOk;
}

int schema_command(const Drivers& drivers, std::ostream& out) {
  out << policy::configuration_schema(drivers) << '\n';
  return kOk;
}

std::string config_reference(const Drivers& drivers) {
  return "# Configuration reference\n\n"
         "Made from the field tables in the source; `sideband explain field PATH` shows the same.\n"
         "Unknown and duplicate keys are errors. Durations are written like 30s or 1h30m, sizes "
         "like\n"
         "64KiB, percentages like 10%; a bare number in their place is an error.\n\n" +
         config::reference_page(policy::reference_tables(drivers));
}

}  // namespace sideband::cli
