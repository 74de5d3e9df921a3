// What people say of steps whose effect nobody knows.
#pragma once

#include <string>

#include "engine/runtime/context.h"
#include "model/principal.h"

namespace sideband {

// A person looked, and says what a step did of which nobody knows.
struct Settlement {
  Uuid repair;
  std::string step;   // its number; of a run of a playbook also its name
  bool done = false;  // else it did nothing
  Principal by;
  std::string reason;
};

// Thread-safe. Calls block until the effect is durable.
class StepCommands {
 public:
  explicit StepCommands(EngineContext& context) : context_(context) {}

  // Gives an unknown step the outcome that a person found. A run that waits to look at it goes on
  // from there; one that has ended stays ended, and can be taken back by what is known now.
  // kConflict: a worker has it, or the step is not unknown; kPermission: not in startableBy of the
  // playbook; kInvalid: no reason.
  Result<Repair> settle(const Settlement& settlement);

 private:
  EngineContext& context_;
};

}  // namespace sideband
