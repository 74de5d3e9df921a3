// Bugs planted on purpose, one in a world: the proof that the checkers see what they are for.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sideband::sim {

enum class Bug : std::uint8_t {
  kNone,
  kNoReread,           // the executor acts on what the scan saw
  kWrongOrder,         // desired is read before actual
  kNoFence,            // the target takes old tokens
  kNoPrecondition,     // the target writes whatever it holds
  kLostCommit,         // a commit is acknowledged and lost
  kGateOutsideClaim,   // a gate is counted from an older read
  kForgetfulGate,      // what a gate let through is not kept
  kIgnoresVersion,     // a plan of another configuration runs
  kUnrecordedIntent,   // an intent without its leaf
  kNoTokenCheck,       // whoever lost its lease may go on writing
  kClaimsTwice,        // a lease is taken for ended before it is
  kValidatesByMemory,  // what was written is believed, not read
  kBlindStep,          // a step whose answer was lost is made again, whatever it is
  kUndoForward,        // what was done first is taken back first
  kForgetsStep,        // a resumed run does not know the last step that it did
  kNoDeathCap,         // nobody counts how often a job killed its worker
  kForgetsSigned,      // a signer knows nothing of what it signed before
  kSourceByDefault,    // a source of which nothing is known yet counts as good
  kClaimUnasked,       // a claim does not ask whether the source can be believed
  kForgetsSuspicion,   // the next row that is written of a suspect source says that it is good
  kAcceptsForAll,      // the source of one is accepted: those of all are
  kReleasesAll,        // a release of one gate counts for each
  kForgetsBreaker,     // how repairs ended is not kept, so that no circuit breaker opens
  kForgetsReturns,     // how often somebody took repairs back is not kept
  kCount,
};
inline constexpr std::size_t kBugs = static_cast<std::size_t>(Bug::kCount);

std::string_view bug_name(Bug bug);
// The property that it breaks, and by which it has to be found.
std::string_view bug_property(Bug bug);

}  // namespace sideband::sim
