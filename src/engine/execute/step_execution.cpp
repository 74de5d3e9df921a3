#include "engine/execute/step_execution.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/execute/both_sides.h"
#include "engine/execute/judged_piece.h"
#include "engine/observe/source_count.h"

namespace sideband {
namespace {

ChangeOutcome outcome(Outcome kind, std::string detail = {}, bool inferred = false) {
  return {kind, inferred, std::move(detail)};
}

ChangeOutcome outcome_of(Outcome kind, const Error& error) {
  ChangeOutcome out = outcome(kind, error.message);
  out.said = error.said;
  return out;
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

// What is left of the step is not begun.
void fail_rest(std::size_t from, const Error& error, StepReport& report) {
  const auto begin = report.outcomes.begin() + static_cast<std::ptrdiff_t>(from);
  std::fill(begin, report.outcomes.end(), outcome_of(Outcome::kFailed, error));
  report.error = error;
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
  StepReport report;
  report.outcomes.resize(order.changes.size());
  JudgedPieces pieces(runtime, order);
  std::size_t done = 0;
  while (done < order.changes.size()) {
    auto piece = pieces.next();
    if (!piece.ok()) {
      fail_rest(done, piece.error(), report);
      return report;
    }
    done += piece->settled.size();
    std::move(piece->settled.begin(), piece->settled.end(),
              report.outcomes.begin() + static_cast<std::ptrdiff_t>(piece->from));
    hold_deletions_of_empty(runtime, order, piece->passed, report);
    if (!piece->passed.empty()) apply_passed(runtime, order, piece->passed, report);
    if (report.error && done < order.changes.size()) {
      fail_rest(done, *report.error, report);
      return report;
    }
  }
  return report;
}

void Validation::add(const Validation& part) {
  if (first_problem.empty()) first_problem = part.first_problem;
  bad.insert(bad.end(), part.bad.begin(), part.bad.end());
  unknown.insert(unknown.end(), part.unknown.begin(), part.unknown.end());
  moved.insert(moved.end(), part.moved.begin(), part.moved.end());
}

Validation validate_read(const ReconcilerRuntime& runtime, std::span<const Change> changes,
                         Result<std::vector<Item>> actual, StepMode mode) {
  Validation out;
  const auto sides = actual.ok() ? with_wanted(runtime, changes, *std::move(actual), mode)
                                 : Result<BothSides>(actual.error());
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

Validation validate_changes(const ReconcilerRuntime& runtime, std::span<const Change> changes,
                            StepMode mode, bool by_independent) {
  Collection& side = by_independent && runtime.independent ? *runtime.independent : *runtime.actual;
  return validate_read(runtime, changes, side.read(keys_of(changes), runtime.call_timeout), mode);
}

}  // namespace sideband
