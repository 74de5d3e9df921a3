// A step that is a hook: an operation around the changes of a cohort.
//
// It is a row among the steps of its repair, with an intent and an outcome like all others. It has
// no changes: its slice is empty, and so are the outcomes. Which hook it is, and what it came to,
// stands in its output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/change.h"
#include "model/repair.h"

namespace sideband {

enum class HookKind : std::uint8_t { kBefore, kAfter };
std::string_view hook_name(HookKind kind);

inline bool is_hook(const Step& step) {
  return step.from == step.to;
}

struct HookReport {
  HookKind kind = HookKind::kBefore;
  bool ended = false;
  ChangeOutcome outcome = {};  // once ended
  std::string key = {};        // of the thing for which it failed, where it is run for each
};

// The output of a hook's step, and what it says. kCorrupt: it is none.
std::string encode_hook(const HookReport& report);
Result<HookReport> decode_hook(const Step& step);

// One sentence on a hook that did not succeed.
std::string hook_problem(const HookReport& report);

}  // namespace sideband
