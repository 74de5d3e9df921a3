// A Target of the exec driver: which commands there may be and what surrounds them.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "config/field_table.h"
#include "model/settings.h"
#include "process/child_process.h"

namespace sideband {

struct ExecTarget {
  std::string name;
  std::vector<std::string> commands;                    // absolute paths; nothing else is started
  std::vector<std::string> environment;                 // "NAME=value"
  std::vector<std::pair<std::string, Secret>> secrets;  // variables, never in an output
  std::string directory;
  std::string user;    // empty: ours
  std::string runner;  // socket of a CommandRunner; empty: none
  ChildLimits limits;
  Duration grace;
  std::size_t max_output;
};

// Errors are for a person. `runner`: of a target that names neither a runner nor a user.
Result<ExecTarget> parse_exec_target(const TargetSettings& target,
                                     config::OptionFaults* faults = nullptr,
                                     const std::string& runner = "");

// An error unless this may be the name of a variable: capitals, digits and _, and none of ours.
Result<void> check_variable(const std::string& name);

// The options "PREFIX.NAME" by NAME.
std::vector<std::pair<std::string, std::string>> options_below(const DriverOptions& options,
                                                               const std::string& prefix);

}  // namespace sideband
