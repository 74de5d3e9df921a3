// What a reconciler is doing, as of now, in one word with its reasons. The one place where that is
// decided: command line, API, metrics, readiness and console show this. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/repair.h"
#include "model/settings.h"
#include "policy/facts.h"

namespace sideband {

// Ordered by what a person wants to know first: the first that is true is shown.
enum class StatusKind : std::uint8_t {
  kFailing,           // it cannot be looked at
  kPaused,            // a person stopped it
  kSuspended,         // its configuration did
  kNotYetLooked,      // since it was configured
  kBlind,             // no good look for longer than there should be, or items that cannot be told
  kRepairing,         // a repair is queued or at work
  kAwaitingApproval,  // a repair waits for people
  kHeld,              // by gates
  kNeedsHuman,        // repairs of some items failed for good
  kFlapping,          // repaired items come back again and again: somebody reverts them
  kWaiting,           // what differs has to last, or rests after a repair, or its target refuses
  kDrifted,           // something differs, and the next look decides
  kInSync,
};
inline constexpr std::size_t kStatusKinds = 13;
std::string_view status_name(StatusKind kind);

struct StatusFacts {
  WallTime now;
  ReconcilerSettings settings;
  std::string problem;  // why its targets are not open; empty = they are
  ReconcilerHead head;
  std::optional<PauseFact> pause;
  WallTime good_look;          // the last look that ended well, also one that found nothing new
  std::string last_look = {};  // how much that one read and why, as this process knows
  std::int64_t at_work = 0;    // its repairs that are queued, scheduled, running or validating
  std::int64_t awaiting = 0;   // that wait for approval
  // The one of those at work whose target refuses for the longest time.
  std::optional<Repair> refused = {};
  // What gates.pauseWhen says now; nothing where no rule refuses.
  std::optional<Reason> signal = {};
  // Of what it protects; nothing where it has no circuit breaker.
  std::optional<Breaker> breaker = {};
  std::optional<Silence> silence = {};      // that matches it now
  std::vector<std::string> throttles = {};  // how gates.throttle slows it now, as sentences
};

struct ReconcilerStatus {
  StatusKind kind = StatusKind::kNotYetLooked;
  std::string why;  // one sentence; empty where the word says it all
  std::optional<WallTime> since;
  std::optional<WallTime> until;
  std::vector<Reason> gates;  // those that refuse, of kHeld
};

ReconcilerStatus status_of(const StatusFacts& facts);

// "by NAME: REASON", and what was paused where that is not this reconciler by this name.
std::string pause_text(const PauseFact& fact, const std::string& reconciler);

// How old a good look may be before the reconciler counts as blind.
Duration blind_after(const ReconcilerSettings& settings);

}  // namespace sideband
