// Taking back a whole run of a playbook that has ended: a new repair that takes its steps back, the
// newest first. Its plan pins the same playbook, and names the run that it takes back.
#pragma once

#include <string>
#include <vector>

#include "model/repair.h"
#include "policy/playbook_progress.h"
#include "ports/store.h"

namespace sideband {

// Rows of a run as what takes it back sees them: its steps, and what was taken back well so far, by
// itself or by the repairs of StoreReader::undos_of_run. Their seq is negative, so that it is
// nobody else's.
Result<std::vector<Step>> rows_to_take_back(StoreReader& store, const Uuid& run,
                                            const Uuid& except);

// Positions of the steps that are to be taken back, the newest first. kConflict where one cannot
// be, or nobody knows what it did, and where there is none.
Result<std::vector<std::size_t>> steps_to_take_back(const PlaybookSettings& playbook,
                                                    const std::vector<StepView>& views);

// The change that stands for it in its plan, and the run that such a change names; nothing in the
// change of a run itself.
Change change_of_undo(const PlaybookRun& run, const Uuid& repair);
Result<std::optional<Uuid>> undone_run(const Change& change);

}  // namespace sideband
