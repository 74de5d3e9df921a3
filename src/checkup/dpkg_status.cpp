#include "checkup/dpkg_status.h"

#include <algorithm>

#include "checkup/words.h"

namespace sideband::scan {
namespace {

bool is_md5(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// " /etc/some file 0123...", from the right: a path may hold blanks.
void add_conffile(std::string_view line, std::vector<Conffile>& found) {
  line = trimmed(line);
  if (line.ends_with(" obsolete") || line.ends_with(" remove-on-upgrade")) return;
  const std::size_t blank = line.rfind(' ');
  if (blank == std::string_view::npos || !line.starts_with('/')) return;
  const std::string_view md5 = line.substr(blank + 1);
  if (is_md5(md5)) found.push_back({std::string(line.substr(0, blank)), std::string(md5), {}});
}

}  // namespace

std::vector<Conffile> parse_dpkg_status(std::string_view text) {
  std::vector<Conffile> all, of_package;
  std::string package;
  bool installed = false, inside = false;
  const auto end_package = [&] {
    for (Conffile& file : of_package) {
      file.package = package;
      if (installed) all.push_back(std::move(file));
    }
    of_package.clear();
    package.clear();
    installed = inside = false;
  };
  for (const std::string_view line : lines_of(text)) {
    if (line.empty()) {
      end_package();
    } else if (line.front() == ' ') {
      if (inside) add_conffile(line, of_package);
    } else {
      inside = line.starts_with("Conffiles:");
      if (line.starts_with("Package:")) package = trimmed(line.substr(8));
      if (line.starts_with("Status:")) installed = trimmed(line.substr(7)).ends_with(" installed");
    }
  }
  end_package();
  return all;
}

std::map<std::string, Diversion> parse_diversions(std::string_view text) {
  std::map<std::string, Diversion> found;
  const auto lines = lines_of(text);
  for (std::size_t i = 0; i + 2 < lines.size(); i += 3) {
    found[std::string(lines[i])] = {std::string(lines[i + 1]), std::string(lines[i + 2])};
  }
  return found;
}

}  // namespace sideband::scan
