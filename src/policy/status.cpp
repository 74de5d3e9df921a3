#include "policy/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/units.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

using Status = std::optional<ReconcilerStatus>;

ReconcilerStatus status(StatusKind kind, std::string why) {
  ReconcilerStatus out;
  out.kind = kind;
  out.why = std::move(why);
  return out;
}

Status failing(const StatusFacts& facts) {
  if (!facts.problem.empty()) return status(StatusKind::kFailing, facts.problem);
  const SourceState& source = facts.head.source;
  if (source.error.empty()) return {};
  ReconcilerStatus out = status(StatusKind::kFailing, source.error);
  out.since = source.error_since;
  return out;
}

Status stopped(const StatusFacts& facts) {
  if (facts.pause) {
    return status(StatusKind::kPaused, pause_text(*facts.pause, facts.settings.name));
  }
  if (!facts.settings.suspend) return {};
  return status(StatusKind::kSuspended, "suspend: true in its configuration");
}

Status unseen(const StatusFacts& facts) {
  if (facts.good_look == WallTime()) return status(StatusKind::kNotYetLooked, "");
  const Duration age = facts.now - facts.good_look;
  if (age > blind_after(facts.settings)) {
    ReconcilerStatus out = status(
        StatusKind::kBlind,
        "no look ended well for " + format_duration(Duration(age.count() / 1'000'000 * 1'000'000)));
    out.since = facts.good_look;
    return out;
  }
  const ReconcilerHead& head = facts.head;
  if (head.unknown == 0 || head.open > 0) return {};
  return status(StatusKind::kBlind,
                fmt::format("{} item(s) cannot be told: {}", head.unknown, head.first_unknown));
}

Status repairs(const StatusFacts& facts) {
  if (facts.refused) {
    ReconcilerStatus out = status(StatusKind::kWaiting, facts.refused->note);
    out.since = facts.refused->refused_since;
    out.until = facts.refused->not_before;
    return out;
  }
  if (facts.at_work > 0 && facts.signal) {
    ReconcilerStatus out = status(StatusKind::kHeld, refusal_text(*facts.signal));
    out.gates = {*facts.signal};
    return out;
  }
  if (facts.at_work > 0) {
    std::string why = fmt::format("{} repair(s) at work", facts.at_work);
    for (const std::string& slowed : facts.throttles) why += "; " + slowed;
    return status(StatusKind::kRepairing, std::move(why));
  }
  if (facts.awaiting == 0) return {};
  return status(StatusKind::kAwaitingApproval,
                fmt::format("{} repair(s) wait for approval", facts.awaiting));
}

Status held(const StatusFacts& facts) {
  const std::vector<Reason>& refusals = facts.head.refusals;
  if (refusals.empty()) return {};
  ReconcilerStatus out = status(StatusKind::kHeld, refusal_text(refusals.front()));
  out.gates = refusals;
  return out;
}

// What rests is not drift that waits for us alone: for a person, for whoever reverts, or for time.
Status differs(const StatusFacts& facts) {
  const ReconcilerHead& head = facts.head;
  if (head.open == 0) return {};
  if (head.failed > 0) {
    return status(
        StatusKind::kNeedsHuman,
        fmt::format("repairs of {} item(s) failed; they are looked at again slowly", head.failed));
  }
  if (head.flapping > 0) {
    ReconcilerStatus out =
        status(StatusKind::kFlapping,
               fmt::format(
                   "{} repaired item(s) came back again and again: somebody takes the repairs back",
                   head.flapping));
    if (head.ripe_at != WallTime()) out.until = head.ripe_at;
    return out;
  }
  if (head.waiting() < head.open) {
    return status(StatusKind::kDrifted, fmt::format("{} differ", head.open));
  }
  ReconcilerStatus out = status(
      StatusKind::kWaiting, fmt::format("{} differ: {} have to last (detect.for), {} rest after a "
                                        "repair, {} are at work",
                                        head.open, head.suspect, head.cooling, head.busy));
  if (head.ripe_at != WallTime()) out.until = head.ripe_at;
  return out;
}

}  // namespace

std::string_view status_name(StatusKind kind) {
  static constexpr std::array<std::string_view, kStatusKinds> kNames = {
      "failing",     "paused",    "suspended",         "not_yet_looked",
      "blind",       "repairing", "awaiting_approval", "held",
      "needs_human", "flapping",  "waiting",           "drifted",
      "in_sync"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string pause_text(const PauseFact& fact, const std::string& reconciler) {
  const std::string said = pause_text(fact.pause);
  const PauseScope& scope = fact.scope;
  if (scope.kind != PauseScope::Kind::kName) return scope.text() + ", " + said;
  return scope.name == reconciler ? said : "as " + scope.name + ", " + said;
}

Duration blind_after(const ReconcilerSettings& settings) {
  return 3 * settings.interval + std::chrono::seconds(30);
}

ReconcilerStatus status_of(const StatusFacts& facts) {
  for (const auto ask : {failing, stopped, unseen, repairs, held, differs}) {
    if (Status found = ask(facts)) return std::move(*found);
  }
  return status(StatusKind::kInSync, "");
}

}  // namespace sideband
