// What people ask for in a rehearsal, by the commands that the API calls.
#pragma once

#include "engine/runtime/engine.h"
#include "rehearsal/test_case.h"

namespace sideband::sim {

// As the process's own code (Process::run). Errors are those of the command.
Result<void> do_deed(const PersonActs& person, Engine& engine, Store& store);

}  // namespace sideband::sim
