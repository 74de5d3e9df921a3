// Which configuration files a running server has read, and when: from its command line, its title,
// its children and what is known of each kind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "checkup/finding.h"
#include "checkup/processes.h"
#include "checkup/tree.h"

namespace sideband::scan {

struct ServiceConfig {
  std::string service;             // "nginx"
  std::vector<std::string> files;  // with what they include
  WallTime loaded;                 // the start, or the last reload where it can be told
  bool reload_shows = true;        // false: a reload since then would leave no trace
  std::string repair;              // the command that loads them anew
  std::string effect;              // what it does beside that; may be empty
  std::vector<Gap> gaps;
};

// Nothing for processes that are no server's main process, and for servers of unknown kinds.
std::optional<ServiceConfig> service_config_of(const Process& process,
                                               const std::vector<Process>& all, const Tree& tree,
                                               const Deadline& deadline);

// Whether it is the first of its kind: HAProxy's workers are children of the same name.
bool is_haproxy_main(const Process& process, const std::vector<Process>& all);
// Those that it was started with.
std::vector<std::string> haproxy_files(const Process& process, const Tree& tree);

// Empty unless it is a master (-W): the signal ends any other.
std::string haproxy_reload(const Process& process);

// What a restart of that unit takes with it beside its own clients; empty for most.
std::string restart_takes(const std::string& unit);

// systemctl for a unit whose name begins with `service`, else the signal that does the same.
std::string reload_command(const Process& process, const std::string& service,
                           const std::string& signal);

// The words after each `flag` of a command line: "-f a -f b", "-fa".
std::vector<std::string> flag_values(const std::vector<std::string>& words,
                                     const std::string& flag);

}  // namespace sideband::scan
