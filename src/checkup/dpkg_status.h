// What dpkg knows of its packages' configuration files.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sideband::scan {

struct Conffile {
  std::string path;
  std::string md5;  // of the file as its package brought it, hex
  std::string package;
};

// The conffiles of installed packages in a /var/lib/dpkg/status text. Obsolete ones, and new ones
// that are not unpacked yet, are left out.
std::vector<Conffile> parse_dpkg_status(std::string_view text);

// Where diverted files of other packages are, by the path that they were diverted from; from the
// text of /var/lib/dpkg/diversions: three lines each.
struct Diversion {
  std::string to;
  std::string package;  // whose own file is not diverted; ":" = nobody's
};
std::map<std::string, Diversion> parse_diversions(std::string_view text);

}  // namespace sideband::scan
