// How a whole scan, a failed one, or a person changes what is known of a desired side. Pure.
#pragma once

#include <string>

#include "model/settings.h"
#include "model/source_state.h"

namespace sideband {

// What a whole scan that ended well counted.
struct SourceCount {
  std::int64_t desired = 0;
  std::int64_t actual = -1;  // items that are there; -1 = the scan does not tell
  bool erases = false;       // it found things to delete
};

// How far back the most and the fewest items are looked for: as far as the caps of this reconciler.
Duration baseline_window(const GateSettings& gates, const GuardrailSettings* guardrails);

// A source that lost more than half of the most that it had within `window` is suspect, and stays
// measured against that until it is back above the half or people accept its size. Where nothing
// is known of it yet, deletions are measured against what is there.
SourceState after_scan(SourceState before, const SourceCount& count, bool allow_empty,
                       Duration window, WallTime now);

// A whole scan could not read it. What was known stays known.
SourceState after_failed_scan(SourceState before, const std::string& error, WallTime now);

// What was known under two scopes of what is one source now: the more careful of both.
SourceState merge_sources(SourceState kept, const SourceState& moved);

// Two people accepted its present size.
SourceState after_acceptance(SourceState before, WallTime now);

}  // namespace sideband
