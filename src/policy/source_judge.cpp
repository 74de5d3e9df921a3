#include "policy/source_judge.h"

#include <algorithm>

namespace sideband {
namespace {

constexpr std::int64_t kSlots = 60;

void remember(SourceState& state, std::int64_t desired, Duration window, WallTime now) {
  const std::int64_t width = std::max<std::int64_t>(1, window.count() / kSlots);
  const std::int64_t now_us = to_us(now);
  std::erase_if(state.history, [&](const CountSlot& slot) {
    return slot.start_us + width <= now_us - window.count();
  });
  const std::int64_t start = now_us - now_us % width;
  const auto same = std::find_if(state.history.begin(), state.history.end(),
                                 [&](const CountSlot& slot) { return slot.start_us == start; });
  if (same == state.history.end()) {
    state.history.push_back({start, desired, desired});
  } else {
    same->fewest = std::min(same->fewest, desired);
    same->most = std::max(same->most, desired);
  }
  state.baseline = state.fewest = desired;
  for (const CountSlot& slot : state.history) {
    state.baseline = std::max(state.baseline, slot.most);
    state.fewest = std::min(state.fewest, slot.fewest);
  }
}

void become(SourceState& state, SourceCondition condition, WallTime now) {
  if (state.condition == condition) return;
  state.condition = condition;
  state.since = now;
}

// Of two counts, of which a negative one is not known.
std::int64_t fewer(std::int64_t a, std::int64_t b) {
  return a < 0 || b < 0 ? std::max(a, b) : std::min(a, b);
}

void merge_history(std::vector<CountSlot>& history, const std::vector<CountSlot>& more) {
  for (const CountSlot& slot : more) {
    const auto same = std::find_if(history.begin(), history.end(), [&](const CountSlot& known) {
      return known.start_us == slot.start_us;
    });
    if (same == history.end()) {
      history.push_back(slot);
    } else {
      same->fewest = std::min(same->fewest, slot.fewest);
      same->most = std::max(same->most, slot.most);
    }
  }
}

bool lost_half(std::int64_t desired, std::int64_t of) {
  return of > 0 && desired < of - desired;
}

}  // namespace

Duration baseline_window(const GateSettings& gates, const GuardrailSettings* guardrails) {
  Duration window = std::max(gates.max_changes.window, gates.max_deletes.window);
  if (guardrails != nullptr) window = std::max(window, guardrails->max_changes.window);
  return window;
}

SourceState after_scan(SourceState before, const SourceCount& count, bool allow_empty,
                       Duration window, WallTime now) {
  SourceState state = std::move(before);
  state.error.clear();
  state.error_since = WallTime();
  // An acceptance was of another size.
  if (state.acceptance.desired != count.desired) state.acceptance = {};
  state.desired = count.desired;
  const bool first = state.baseline < 0;
  if (first && count.erases && lost_half(count.desired, count.actual)) {
    state.baseline = count.actual;
  }
  if (count.desired == 0 && !allow_empty) {
    become(state, SourceCondition::kEmpty, now);
  } else if (lost_half(count.desired, state.baseline)) {
    become(state, SourceCondition::kSuspect, now);
  } else {
    remember(state, count.desired, window, now);
    become(state, SourceCondition::kGood, now);
  }
  return state;
}

SourceState after_failed_scan(SourceState before, const std::string& error, WallTime now) {
  SourceState state = std::move(before);
  if (state.error.empty()) state.error_since = now;
  state.error = error;
  return state;
}

SourceState merge_sources(SourceState kept, const SourceState& moved) {
  if (kept == SourceState{}) return moved;
  if (moved == SourceState{} || moved == kept) return kept;
  merge_history(kept.history, moved.history);
  kept.baseline = std::max(kept.baseline, moved.baseline);
  kept.fewest = fewer(kept.fewest, moved.fewest);
  if (kept.desired < 0) kept.desired = moved.desired;
  if (kept.condition <= SourceCondition::kGood && moved.condition > kept.condition) {
    kept.condition = moved.condition;
    kept.since = moved.since;
  }
  if (kept.error.empty()) {
    kept.error = moved.error;
    kept.error_since = moved.error_since;
  }
  kept.acceptance = {};
  return kept;
}

SourceState after_acceptance(SourceState before, WallTime now) {
  SourceState state = std::move(before);
  state.acceptance = {};
  state.history.clear();
  state.baseline = state.fewest = state.desired;
  become(state, SourceCondition::kGood, now);
  return state;
}

}  // namespace sideband
