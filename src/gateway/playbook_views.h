// Playbooks as the API shows them.
#pragma once

#include <string>

#include "engine/playbook/playbook_commands.h"
#include "policy/playbook_progress.h"

namespace sideband {

std::string playbook_view(const PlaybookSettings& playbook, WallTime now);
// The playbook with what a start would do: values filled in as far as they are known.
std::string preview_view(const PlaybookPreview& preview, WallTime now);
// The steps that an undo of a run takes back, the newest first.
std::string undo_view(const PlaybookUndo& undo);
// The steps of a run, with how far each one is.
std::string run_steps_view(const PlaybookRun& run, const std::vector<StepView>& views);

}  // namespace sideband
