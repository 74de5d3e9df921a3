// What people may ask of plans.
#pragma once

#include "engine/commands/request_key.h"
#include "engine/runtime/context.h"
#include "engine/runtime/reconciler_runtime.h"
#include "model/principal.h"

namespace sideband {

// Thread-safe. Calls block until the effect is durable.
class PlanCommands {
 public:
  PlanCommands(EngineContext& context, FindRuntime runtimes)
      : context_(context), runtimes_(std::move(runtimes)) {}

  // Makes a repair of a sealed plan that was held or proposed. kRefused: a gate holds it, named in
  // the message; kConflict: the plan is gone, already at work, or of an older configuration.
  Result<Repair> apply(const Uuid& plan, const Principal& by, const GateSet& released,
                       const RequestKey& request = {});

 private:
  EngineContext& context_;
  FindRuntime runtimes_;
};

}  // namespace sideband
