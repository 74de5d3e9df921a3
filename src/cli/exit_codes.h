// Exit codes of the command line, one meaning each (docs/operations.md, "Exit
// codes").
#pragma once

#include <string>

#include "base/error.h"

namespace sideband::cli {

enum ExitCode : int {
  kOk = 0,            // ok, or in sync
  kDrift = 1,         // diff, scan: differences; backtest: detections; test: one failed
  kUsage = 2,         // usage or configuration
  kRefused = 3,       // a gate refused
  kWaiting = 4,       // waiting for approval, or expired
  kNotConverged = 5,  // executed, not converged
  kMoved = 6,         // the state moved since the plan
  kUnreachable = 7,   // a target or the daemon is not reachable, or unknown
  kNotPermitted = 8,
  kProofFailed = 9,
  kInterrupted = 130,
};

ExitCode exit_code_of(ErrorCode code);
// From the "code" member of a problem.
ExitCode exit_code_of_name(const std::string& code);
// How a repair in this state ends a command that waited for it.
ExitCode exit_code_of_state(const std::string& repair_state);

}  // namespace sideband::cli
