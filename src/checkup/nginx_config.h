// The files and directives of an nginx configuration, by its own rules for words, quotes and
// include. https://nginx.org/en/docs/beginners_guide.html#conf_structure
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checkup/finding.h"
#include "checkup/tree.h"

namespace sideband::scan {

struct NginxDirective {
  std::string name;
  std::vector<std::string> arguments;
  int depth = 0;       // of the blocks around it, those of including files too
  bool block = false;  // it opens one; what is in it follows, one deeper
};

struct NginxConfig {
  std::vector<std::string> files;          // all that were included, the main one first
  std::vector<NginxDirective> directives;  // with those of included files where they are included
  std::vector<Gap> gaps;                   // files that could not be read
};

// The directives of one text in their order. Never fails: what is cut off is left out.
std::vector<NginxDirective> parse_nginx(std::string_view text);

// `prefix` is what relative names start from. No file is read within itself; at most 1,000 reads.
NginxConfig read_nginx_config(const Tree& tree, const std::string& main, const std::string& prefix);

}  // namespace sideband::scan
