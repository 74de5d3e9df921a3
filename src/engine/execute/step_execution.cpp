#include "engine/execute/step_execution.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/observe/source_count.h"
#include "engine/observe/wanted.h"

namespace sideband {
namespace {

std::vector<std::string> keys_of(const std::vector<Change>& changes) {
  std::vector<std::string> keys;
  keys.reserve(changes.size());
  for (const Change& change : changes) keys.push_back(change.key);
  return keys;
}

struct BothSides {
  std::vector<Item> actual;
  std::vector<WantedState> want;
};

Result<BothSides> read_both(const ReconcilerRuntime& runtime, Collection& actual_side,
                            const std::vector<Change>& changes, StepMode mode) {
  BothSides sides;
  const std::vector<std::string> keys = keys_of(changes);
  SB_ASSIGN(sides.actual, actual_side.read(keys, runtime.call_timeout));
  if (mode == StepMode::kUndo) {
    for (const Change& change : changes) sides.want.push_back({change.want, false});
    return sides;
  }
  SB_ASSIGN(const std::vector<Item> desired, runtime.desired->read(keys, runtime.call_timeout));
  SB_ASSIGN(sides.want, wanted_states(runtime, desired, sides.actual));
  return sides;
}

ChangeOutcome outcome(Outcome kind, std::string detail = {}, bool inferred = false) {
  return {kind, inferred, std::move(detail)};
}

ChangeOutcome outcome_of(Outcome kind, const Error& error) {
  ChangeOutcome out = outcome(kind, error.message);
  out.said = error.said;
  return out;
}

// What fresh reads say of one planned change; nothing when it is to be applied.
std::optional<ChangeOutcome> judge(const ReconcilerRuntime& runtime, const StepOrder& order,
                                   const Change& change, const WantedState& want,
                                   const State& actual) {
  if (!actual.known()) return outcome(Outcome::kFailed, "actual: " + actual.why);
  if (order.resumed && actual.same_as(change.want)) return outcome(Outcome::kChanged, {}, true);
  if (order.mode == StepMode::kUndo) {
    if (actual.same_as(change.want)) return outcome(Outcome::kAlreadyThere);
    if (actual.same_as(change.found)) return std::nullopt;
    return outcome(Outcome::kRefused, "somebody changed it after us");
  }
  const Comparison now = compare_wanted(runtime, change.key, want, actual);
  switch (now.relation) {
    case Relation::kSame:
      return outcome(Outcome::kAlreadyThere);
    case Relation::kUnknown:
      return outcome(Outcome::kFailed, now.why);
    case Relation::kExtra:
      return outcome(Outcome::kRefused, "nobody desires it any more");
    case Relation::kDrift:
      break;
  }
  if (!actual.same_as(change.found)) {
    return outcome(Outcome::kRefused, "the target changed since it was judged");
  }
  if (!now.change->want.same_as(change.want)) {
    return outcome(Outcome::kRefused, "the desired side changed since it was judged");
  }
  return std::nullopt;
}

// The reads before may have taken long, or the process may have stood still: others may act now.
void give_up(const StepOrder& order, const std::vector<std::size_t>& passed, StepReport& report) {
  report.lapsed = true;
  report.error = Error::unavailable("the lease was about to end, nothing was sent");
  for (const std::size_t i : passed) {
    report.outcomes[i] = outcome(Outcome::kFailed, report.error->message);
  }
  log(LogLevel::kWarn, "lease too short to act, nothing was sent",
      {{"repair", order.step.text()}, {"step", std::to_string(order.seq)}});
}

// Applies the changes that passed and puts their outcomes into the report.
void apply_passed(const ReconcilerRuntime& runtime, const StepOrder& order,
                  const std::vector<std::size_t>& passed, StepReport& report) {
  crash_point("step_judged");
  const Duration left = order.time_to_act ? order.time_to_act() : Duration::max();
  if (left == Duration(0)) return give_up(order, passed, report);
  ApplyRequest request;
  request.step = order.step;
  request.token = order.token;
  request.seq = order.seq;
  request.timeout = std::min(runtime.call_timeout, left);
  for (const std::size_t i : passed) request.changes.push_back(order.changes[i]);
  crash_point("effect_begun");
  const auto applied = runtime.actual->apply(request);
  crash_point("effect_done");
  if (applied.ok()) SB_CHECK(applied->size() == passed.size());
  for (std::size_t i = 0; i < passed.size(); ++i) {
    if (applied.ok()) {
      report.outcomes[passed[i]] = applied->at(i);
      continue;
    }
    const bool maybe = applied.error().effect == Effect::kMaybe;
    report.outcomes[passed[i]] =
        outcome_of(maybe ? Outcome::kUnknown : Outcome::kFailed, applied.error());
  }
  if (!applied.ok()) report.error = applied.error();
}

// A side that was emptied since answers each key with "absent", as it does for a true extra: then
// deletions do not pass.
void hold_deletions_of_empty(const ReconcilerRuntime& runtime, const StepOrder& order,
                             std::vector<std::size_t>& passed, StepReport& report) {
  const auto deletes = [&](std::size_t i) { return order.changes[i].op == ChangeOp::kDelete; };
  if (order.mode == StepMode::kUndo || runtime.settings.detect.allow_empty) return;
  if (std::none_of(passed.begin(), passed.end(), deletes)) return;
  const auto some = count_source(runtime, 1);
  if (some.ok() && *some > 0) return;
  const ChangeOutcome held =
      some.ok() ? outcome(Outcome::kRefused, "the desired side is empty now, which deletes nothing")
                : outcome_of(Outcome::kFailed, some.error().in("desired"));
  std::erase_if(passed, [&](std::size_t i) {
    if (deletes(i)) report.outcomes[i] = held;
    return deletes(i);
  });
  if (!some.ok()) report.error = some.error();
}

StepReport all_failed(const StepOrder& order, const Error& error) {
  StepReport report;
  report.outcomes.assign(order.changes.size(), outcome_of(Outcome::kFailed, error));
  report.error = error;
  return report;
}

void sort_one(const ReconcilerRuntime& runtime, const Change& change, const WantedState& want,
              const State& actual, StepMode mode, Validation& out) {
  const auto problem = [&](std::vector<std::string>& list, const std::string& why) {
    if (out.first_problem.empty()) out.first_problem = change.key + ": " + why;
    list.push_back(change.key);
  };
  if (!actual.known()) return problem(out.unknown, actual.why);
  if (mode == StepMode::kUndo) {
    if (actual.same_as(change.want)) return out.good.push_back(change.key);
    return problem(out.bad, "does not hold the old value");
  }
  const Comparison now = compare_wanted(runtime, change.key, want, actual);
  if (now.relation == Relation::kSame) return out.good.push_back(change.key);
  if (now.relation == Relation::kUnknown) return problem(out.unknown, now.why);
  const bool ours = actual.same_as(change.want);
  if (ours) return out.moved.push_back(change.key);
  problem(out.bad, "differs again after the repair");
}

}  // namespace

StepReport execute_step(const ReconcilerRuntime& runtime, const StepOrder& order) {
  const auto sides = read_both(runtime, *runtime.actual, order.changes, order.mode);
  if (!sides.ok()) return all_failed(order, sides.error());
  StepReport report;
  report.outcomes.resize(order.changes.size());
  std::vector<std::size_t> passed;
  for (std::size_t i = 0; i < order.changes.size(); ++i) {
    auto judged = judge(runtime, order, order.changes[i], sides->want[i], sides->actual[i].state);
    if (judged) {
      report.outcomes[i] = std::move(*judged);
      // Refused, or as it should be, by now; what the earlier claim did before somebody else came,
      // nobody can tell.
      const Outcome came = judged->outcome;
      const bool by_others = came == Outcome::kRefused || came == Outcome::kAlreadyThere;
      if (by_others) report.outcomes[i].inferred = order.resumed;
    } else if (!order.only_look.empty()) {
      report.outcomes[i] = outcome(Outcome::kRefused, order.only_look);
    } else {
      passed.push_back(i);
    }
  }
  hold_deletions_of_empty(runtime, order, passed, report);
  if (!passed.empty()) apply_passed(runtime, order, passed, report);
  return report;
}

void Validation::add(const Validation& part) {
  if (first_problem.empty()) first_problem = part.first_problem;
  bad.insert(bad.end(), part.bad.begin(), part.bad.end());
  unknown.insert(unknown.end(), part.unknown.begin(), part.unknown.end());
  moved.insert(moved.end(), part.moved.begin(), part.moved.end());
}

Validation validate_changes(const ReconcilerRuntime& runtime, const std::vector<Change>& changes,
                            StepMode mode, bool by_independent) {
  Validation out;
  Collection& side = by_independent && runtime.independent ? *runtime.independent : *runtime.actual;
  const auto sides = read_both(runtime, side, changes, mode);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!sides.ok()) {
      out.unknown.push_back(changes[i].key);
      continue;
    }
    sort_one(runtime, changes[i], sides->want[i], sides->actual[i].state, mode, out);
  }
  if (!sides.ok()) out.first_problem = sides.error().message;
  return out;
}

}  // namespace sideband
