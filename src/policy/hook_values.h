// What the texts of a hook (repair.before, repair.after) may leave open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/settings.h"

namespace sideband {

struct HookValues {
  std::string reconciler;
  std::string repair;                    // its id
  std::optional<std::string> key;        // of the thing that is about to be changed
  std::optional<std::string> candidate;  // path of a file that holds what it is to hold
};

// Every placeholder: reconciler, repair, key, candidate.
const std::vector<std::string>& hook_placeholders();

// Whether a text of it has {candidate}; whether one has that or {key}, so that it is run for each
// thing.
bool wants_candidate(const HookSettings& hook);
bool runs_for_each(const HookSettings& hook);

// The options with all of that filled in. A value without which one cannot be is an error.
Result<DriverOptions> fill_hook(const DriverOptions& run, const HookValues& values);

}  // namespace sideband
