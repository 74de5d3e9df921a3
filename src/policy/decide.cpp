#include "policy/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"

namespace sideband {
namespace {

// How it would open is of interest only where it does not pass.
Reason reason(std::string gate, bool passes, std::string saw, std::string_view until = {}) {
  if (passes) return {std::move(gate), Truth::kTrue, std::move(saw), {}};
  return {std::move(gate), Truth::kFalse, std::move(saw), std::string(until)};
}

// A plan that a person said no to is not brought up again by the loop; only a person may.
Reason declined_reason(const DecideInput& input) {
  const bool asked = input.requester != kLoopIdentity;
  if (input.declined.empty() || asked) return reason("declined", true, "nobody declined this plan");
  return reason("declined", false, "this very plan was declined by " + input.declined,
                "sideband apply, or another drift");
}

Reason pause_reason(const DecideInput& input) {
  if (input.pause.empty()) return reason("pause", true, "not paused");
  if (input.undo) return reason("pause", true, "paused, which an undo passes: " + input.pause);
  return reason("pause", false, "paused: " + input.pause, "sideband resume");
}

Reason freshness_reason(const DecideInput& input) {
  const Duration age = input.now - input.observed_at;
  const Duration limit = input.reconciler->detect.max_age;
  // A long scan is not stale by itself: each change is read again just before it is made.
  return reason(
      "maxAge", age <= limit || input.whole_scan,
      fmt::format("observed {} ago, limit {}{}", format_duration(age), format_duration(limit),
                  age > limit ? "; a whole scan, re-read before each change" : ""),
      "the next scan");
}

Reason source_reason(const DecideInput& input) {
  const std::int64_t desired = input.counts.desired;
  if (input.undo) return reason("source", true, "an undo does not ask the desired side");
  if (desired < 0 && !input.whole_scan && input.counts.erase == 0) {
    // Keys that somebody named were read themselves; without deletions the total says nothing more.
    return reason("source", true, "some keys, nothing to delete");
  }
  if (desired < 0) {
    return {"source", Truth::kUnknown, "the number of desired items is unknown",
            "a scan that ends well"};
  }
  if (desired == 0 && !input.reconciler->detect.allow_empty) {
    return reason("allowEmpty", false, "the desired side is empty, which deletes nothing here",
                  "detect.allowEmpty: true, if empty is really meant");
  }
  if (input.last_good_desired > 0 && desired * 2 < input.last_good_desired) {
    return reason("source", false,
                  fmt::format("suspect source: {} desired items, {} at the last good scan", desired,
                              input.last_good_desired),
                  "a scan above half of that, or sideband resume with --accept-source");
  }
  return reason("source", true, fmt::format("{} desired items", desired));
}

Reason mode_reason(const DecideInput& input) {
  const Mode mode = input.guardrails == nullptr
                        ? input.reconciler->mode
                        : std::min(input.reconciler->mode, input.guardrails->max_mode);
  const bool person = input.requester != kLoopIdentity;
  const std::string saw = fmt::format("mode {}", mode_name(mode));
  if (mode == Mode::kObserve) return reason("mode", false, saw + " never acts", "mode: propose");
  if (mode == Mode::kPropose && !person) {
    return reason("mode", false, saw + " waits for a person", "sideband apply");
  }
  return reason("mode", true, saw);
}

bool released(const DecideInput& input, const std::string& gate) {
  return std::find(input.released.begin(), input.released.end(), gate) != input.released.end();
}

void add_max_changes(const DecideInput& input, std::vector<Reason>& reasons) {
  const auto add = [&](const std::string& gate, const MaxChanges& limit,
                       const ChangeWindow& window) {
    Reason answer = max_changes_reason(gate, limit, window, input.now, input.counts.changes(),
                                       input.counts.desired);
    if (answer.passes != Truth::kTrue && released(input, "maxChanges")) {
      answer.passes = Truth::kTrue;
      answer.saw += "; released for this repair, with a second person";
    }
    reasons.push_back(std::move(answer));
  };
  add("maxChanges", input.reconciler->gates.max_changes, input.window);
  if (input.guardrails != nullptr) {
    add("guardrails.maxChanges", input.guardrails->max_changes, input.site_window);
  }
}

// Whether people must agree although every gate passes.
std::string why_approval(const DecideInput& input) {
  if (!input.released.empty()) return "a gate was released for it";
  if (input.reconciler->mode == Mode::kAuto) return {};
  return fmt::format("mode {}", mode_name(input.reconciler->mode));
}

}  // namespace

Reason max_changes_reason(const std::string& gate, const MaxChanges& limit,
                          const ChangeWindow& window, WallTime now, std::int64_t changes,
                          std::int64_t desired) {
  if (limit.count == 0 && limit.percent == 0) return reason(gate, true, "no limit set");
  const std::int64_t used = window.used(now, limit.window);
  const std::int64_t total = used + changes;
  if (limit.percent > 0 && desired < 0) {
    return {gate, Truth::kUnknown, "the number of desired items is unknown",
            "a scan that ends well"};
  }
  const std::int64_t share = desired > 0 ? total * 1'000'000 / desired : 1'000'000;
  const bool count_ok = limit.count == 0 || total <= limit.count;
  const bool share_ok = limit.percent == 0 || total == 0 || share <= limit.percent;
  std::string saw = used > 0 ? fmt::format("{} changes and {} in the last {}", changes, used,
                                           format_duration(limit.window))
                             : fmt::format("{} changes", changes);
  if (limit.percent > 0) {
    saw += fmt::format(" of {} keys is {}, limit {}", desired, format_percent(share),
                       format_percent(limit.percent));
  }
  if (limit.count > 0) saw += fmt::format(", limit {}", limit.count);
  if (count_ok && share_ok) return reason(gate, true, std::move(saw));
  return reason(
      gate, false, std::move(saw),
      "sideband apply --release maxChanges, approved by a second person" +
          (used > 0 ? ", or " + format_time(window.frees_at(now, limit.window)) : std::string()));
}

std::string DecideOutput::headline() const {
  for (const Reason& item : reasons) {
    if (item.passes != Truth::kTrue) return item.gate + ": " + item.saw;
  }
  return verdict == Verdict::kAct ? "every gate passes"
                                  : reasons.back().gate + ": " + reasons.back().saw;
}

DecideOutput decide(const DecideInput& input) {
  DecideOutput out;
  out.reasons = {pause_reason(input), source_reason(input), freshness_reason(input),
                 declined_reason(input), mode_reason(input)};
  add_max_changes(input, out.reasons);
  const bool all_pass = std::all_of(out.reasons.begin(), out.reasons.end(),
                                    [](const Reason& r) { return r.passes == Truth::kTrue; });
  if (!all_pass) {
    out.verdict = Verdict::kHold;
    return out;
  }
  const std::string approval = why_approval(input);
  out.verdict = approval.empty() ? Verdict::kAct : Verdict::kAwaitApproval;
  const auto reviewers = std::max<std::int64_t>(1, input.reconciler->gates.approval.reviewers);
  if (!approval.empty()) {
    out.reasons.push_back({"approval", Truth::kTrue,
                           fmt::format("needs {} reviewer(s) other than {}: {}", reviewers,
                                       input.requester, approval),
                           "sideband approve"});
  }
  return out;
}

}  // namespace sideband
