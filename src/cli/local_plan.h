// `plan` and `diff`: reads both sides of a reconciler from here, without a daemon, and shows what
// differs. Never writes to a target.
#pragma once

#include <iosfwd>
#include <string>

#include "base/clock.h"
#include "engine/runtime/reconciler_runtime.h"

namespace sideband::cli {

struct LocalPlanOptions {
  std::string reconciler;
  std::string out_file;  // plan: where to save it; empty = nowhere
  bool drift_exit_code = false;
  bool json = false;
  bool color = false;
};

// Both return the exit code. `settings` are valid ones.
int plan_command(const Settings& settings, const LocalPlanOptions& options,
                 const TargetConnector& connector, const MakeContentRules& make_content_rules,
                 const Clock& clock, std::ostream& out, std::ostream& err);
int diff_command(const Settings& settings, const LocalPlanOptions& options,
                 const TargetConnector& connector, const MakeContentRules& make_content_rules,
                 const Clock& clock, std::ostream& out, std::ostream& err);

// What a saved plan file says.
struct SavedPlan {
  std::string reconciler;
  std::string hash;
  std::int64_t changes = 0;
};
Result<SavedPlan> read_saved_plan(const std::string& path);

}  // namespace sideband::cli
