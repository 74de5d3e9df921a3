#include "engine/execute/judged_piece.h"

#include <algorithm>

#include "engine/execute/both_sides.h"
#include "engine/observe/page_stream.h"

namespace sideband {
namespace {

using Judged = std::vector<std::optional<ChangeOutcome>>;  // nothing: to be made

ChangeOutcome settled_as(Outcome kind, std::string detail = {}, bool inferred = false) {
  return {kind, inferred, std::move(detail)};
}

ChangeOutcome judge_relation(const Change& change, const Comparison& now) {
  switch (now.relation) {
    case Relation::kSame:
      return settled_as(Outcome::kAlreadyThere);
    case Relation::kUnknown:
      return settled_as(Outcome::kFailed, now.why);
    case Relation::kExtra:
      return settled_as(Outcome::kRefused, "nobody desires it any more");
    case Relation::kDrift:
      break;
  }
  if (!now.change->found.same_as(change.found)) {
    return settled_as(Outcome::kRefused, "the target changed since it was judged");
  }
  return settled_as(Outcome::kRefused, "the desired side changed since it was judged");
}

std::optional<ChangeOutcome> judge_undo(const Change& change, const State& actual) {
  if (actual.same_as(change.want)) return settled_as(Outcome::kAlreadyThere);
  if (actual.same_as(change.found)) return std::nullopt;
  return settled_as(Outcome::kRefused, "somebody changed it after us");
}

// What fresh reads say of one planned change; nothing when it is to be applied.
std::optional<ChangeOutcome> judge(const ReconcilerRuntime& runtime, const StepOrder& order,
                                   const Change& change, const WantedState& want,
                                   const State& actual) {
  if (!actual.known()) return settled_as(Outcome::kFailed, "actual: " + actual.why);
  if (order.resumed && actual.same_as(change.want)) {
    return settled_as(Outcome::kChanged, {}, true);
  }
  if (order.mode == StepMode::kUndo) return judge_undo(change, actual);
  const Comparison now = compare_wanted(runtime, change.key, want, actual);
  const bool as_judged = now.relation == Relation::kDrift && actual.same_as(change.found) &&
                         now.change->want.same_as(change.want);
  return as_judged ? std::nullopt : std::optional(judge_relation(change, now));
}

Judged judge_all(const ReconcilerRuntime& runtime, const StepOrder& order,
                 std::span<const Change> changes, const BothSides& sides) {
  Judged judged;
  judged.reserve(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    judged.push_back(judge(runtime, order, changes[i], sides.want[i], sides.actual[i].state));
  }
  return judged;
}

// Takes the target at the plan's word: what it holds, it compares itself before it writes. Nothing
// where that would not do: something is not to be made, and what is said of it needs a read.
Result<std::optional<Judged>> judge_unread(const ReconcilerRuntime& runtime, const StepOrder& order,
                                           std::span<const Change> changes) {
  std::vector<Item> supposed;
  supposed.reserve(changes.size());
  for (const Change& change : changes) supposed.push_back({change.key, change.found});
  SB_ASSIGN(const BothSides sides, with_wanted(runtime, changes, std::move(supposed), order.mode));
  Judged judged = judge_all(runtime, order, changes, sides);
  const bool all =
      std::none_of(judged.begin(), judged.end(), [](const auto& one) { return one.has_value(); });
  return all ? std::optional(std::move(judged)) : std::nullopt;
}

// Resumed, what is there says what the earlier claim did.
bool needs_look(const ReconcilerRuntime& runtime, const StepOrder& order) {
  return order.resumed || !order.only_look.empty() || !runtime.actual->traits().judges;
}

Result<Judged> judge_piece(const ReconcilerRuntime& runtime, const StepOrder& order,
                           std::span<const Change> changes) {
  if (!needs_look(runtime, order)) {
    SB_ASSIGN(auto judged, judge_unread(runtime, order, changes));
    if (judged) return *std::move(judged);
  }
  SB_ASSIGN(const BothSides sides, read_both(runtime, *runtime.actual, changes, order.mode));
  return judge_all(runtime, order, changes, sides);
}

// Refused, or as it should be, by now; what the earlier claim did before somebody else came, nobody
// can tell.
ChangeOutcome as_seen(ChangeOutcome judged, bool resumed) {
  const bool by_others =
      judged.outcome == Outcome::kRefused || judged.outcome == Outcome::kAlreadyThere;
  if (by_others) judged.inferred = resumed;
  return judged;
}

std::size_t piece_length(const ReconcilerRuntime& runtime, const StepOrder& order) {
  const std::size_t likes = runtime.actual->traits().apply_items;
  return std::max<std::size_t>(likes == 0 ? order.changes.size() : likes, 1);
}

}  // namespace

JudgedPieces::JudgedPieces(const ReconcilerRuntime& runtime, const StepOrder& order)
    : runtime_(runtime),
      order_(order),
      length_(piece_length(runtime, order)),
      pieces_(
          "judge ahead", [this] { return judge_next(); }, sides_overlap(runtime)) {}

Result<JudgedPiece> JudgedPieces::judge_next() {
  JudgedPiece piece;
  piece.from = at_;
  const std::size_t count = std::min(length_, order_.changes.size() - at_);
  SB_ASSIGN(Judged judged, judge_piece(runtime_, order_, order_.changes.subspan(at_, count)));
  piece.settled.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (judged[i]) {
      piece.settled[i] = as_seen(*std::move(judged[i]), order_.resumed);
    } else if (!order_.only_look.empty()) {
      piece.settled[i] = settled_as(Outcome::kRefused, order_.only_look);
    } else {
      piece.passed.push_back(at_ + i);
    }
  }
  at_ += count;
  length_ *= 2;
  piece.last = at_ == order_.changes.size();
  return piece;
}

}  // namespace sideband
