// What people may ask of the engine, by what it is about; playbooks have their own
// (engine/playbook/playbook_commands.h). Each command is one store function with its audit record,
// where nothing else is said, and refuses by an Error that says what to do instead.
#pragma once

#include "engine/commands/approval_commands.h"
#include "engine/commands/plan_commands.h"
#include "engine/commands/repair_commands.h"
#include "engine/commands/silence_commands.h"
#include "engine/commands/step_commands.h"
#include "engine/commands/switch_commands.h"

namespace sideband {

// What the members are made from must outlive it.
struct Commands {
  Commands(EngineContext& context, const FindRuntime& runtimes, const PlaybookTargets& tools)
      : plans(context, runtimes),
        approvals(context, tools),
        repairs(context),
        steps(context),
        switches(context),
        silences(context) {}

  PlanCommands plans;
  ApprovalCommands approvals;
  RepairCommands repairs;
  StepCommands steps;
  SwitchCommands switches;
  SilenceCommands silences;
};

}  // namespace sideband
