// Whether a command's target has what its commands need on this machine. Looks, runs nothing.
#pragma once

#include "drivers/exec/target.h"
#include "ports/grants.h"

namespace sideband {

GrantReport exec_grants(const ExecTarget& target);

}  // namespace sideband
