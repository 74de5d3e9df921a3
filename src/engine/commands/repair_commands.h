// What people may ask of repairs: to stop, to be tried again, to give their locks back.
#pragma once

#include <string>

#include "engine/runtime/context.h"
#include "model/principal.h"

namespace sideband {

// Thread-safe. Calls block until the effect is durable.
class RepairCommands {
 public:
  explicit RepairCommands(EngineContext& context) : context_(context) {}

  // Ends a waiting repair; a running one stops before its next step. kAtOnce also ends the call
  // of a playbook's step or of a hook that is under way (Operation::stop), on whatever node; what
  // became of a step is looked at as after a lost answer.
  enum class Cancel : std::uint8_t { kBeforeNextStep, kAtOnce };
  Result<Repair> cancel(const Uuid& repair, const Principal& by, const std::string& reason,
                        Cancel how = Cancel::kBeforeNextStep);

  // Lets the resources of a repair that ended without converging be judged anew, though they rest,
  // so that a new repair can begin; says how many. A store function for each chunk of the plan:
  // what a crash leaves can be asked for again. kConflict: it has not ended, or it converged.
  Result<std::int64_t> retry(const Uuid& repair, const Principal& by, const std::string& reason);

  // Frees the locks of a repair that nobody works on; to go on it has to get them again. kConflict:
  // its worker holds a lease.
  Result<std::int64_t> release_locks(const Uuid& repair, const Principal& by,
                                     const std::string& reason);

 private:
  EngineContext& context_;
};

}  // namespace sideband
