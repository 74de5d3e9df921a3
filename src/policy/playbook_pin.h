// A run of a playbook as the bytes that its plan pins, and back.
#pragma once

#include <string>
#include <string_view>

#include "model/playbook.h"
#include "model/repair.h"

namespace sideband {

// JSON with sorted keys on one line; equal runs give equal bytes.
std::string encode_run(const PlaybookRun& run);
// kCorrupt for what encode_run cannot have written.
Result<PlaybookRun> decode_run(std::string_view json);

// The single change that stands for a run in its plan: its `want` is the run. What approvals bind
// to is therefore the definition with its version, and the inputs.
Change change_of_run(const PlaybookRun& run);
// From the plan's only chunk.
Result<PlaybookRun> run_of_chunk(std::string_view chunk);

}  // namespace sideband
