// The nginx servers that run, by their command lines.
#pragma once

#include <string>

#include "checkup/processes.h"

namespace sideband::scan {

// Where the packages of distributions have it.
inline constexpr const char* kUsualNginxConfig = "/etc/nginx/nginx.conf";

bool is_nginx_master(const Process& process, const std::vector<Process>& all);

// The configuration that a master was started with: `-c`, `-p`, or the one that its program has
// built in, as far as that can be told from where the program is.
// https://nginx.org/en/docs/switches.html
std::string nginx_main_file(const Process& master);

}  // namespace sideband::scan
