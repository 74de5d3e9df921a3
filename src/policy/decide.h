// Decide: whether a plan may run, must wait for people, or must not run, with every reason.
//
// A pure function of values and the time. Every gate is asked and answers, also after one refused;
// unknown is never true, and no data is never a pass.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/repair.h"
#include "model/settings.h"
#include "policy/change_window.h"

namespace sideband {

struct DecideInput {
  WallTime now;
  const ReconcilerSettings* reconciler = nullptr;
  const GuardrailSettings* guardrails = nullptr;  // may be null
  PlanCounts counts;
  WallTime observed_at;  // start of the reads that the plan rests on
  std::int64_t last_good_desired = -1;
  bool whole_scan = true;    // false: only some keys were read, `desired` is an older count
  ChangeWindow window;       // of this reconciler
  ChangeWindow site_window;  // of the whole site
  std::string pause;         // why it is paused; empty = it is not
  std::string declined;      // who said no to this very plan; empty = nobody
  std::string requester;     // "sideband" for the loop
  std::vector<std::string> released;  // gates that people release for this repair
  bool undo = false;
};

struct DecideOutput {
  Verdict verdict = Verdict::kHold;
  std::vector<Reason> reasons;
  // The first reason that did not pass, or why it may run: one line for people.
  [[nodiscard]] std::string headline() const;
};

DecideOutput decide(const DecideInput& input);

// The maxChanges gate alone: asked again when the repair is claimed.
Reason max_changes_reason(const std::string& gate, const MaxChanges& limit,
                          const ChangeWindow& window, WallTime now, std::int64_t changes,
                          std::int64_t desired);

// Identity of the loop itself, as requester.
inline constexpr std::string_view kLoopIdentity = "sideband";

}  // namespace sideband
