// What is asked of a claimed job before it may go on, as a table. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "model/repair_state.h"

namespace sideband {

// How far a claimed job has come.
enum class ClaimStage : std::uint8_t {
  kNew,         // never begun: nothing was counted, and it holds no lock
  kRunning,     // begun, and more is to be done
  kValidating,  // everything was done; it only looks
  kTakingBack,
  kCancelled,  // begun, and told to end: what became of its open step is only looked at
  kPoisoned,   // its worker died too often at one step: it only ends
};

struct ClaimView {
  RepairState state = RepairState::kRunning;
  bool begun = false;
  bool cancelled = false;
  bool poisoned = false;
};
ClaimStage claim_stage(const ClaimView& view);

enum class ClaimQuestion : std::uint8_t {
  kSealed,  // is it still what was judged and approved?
  kGates,   // what every gate of its next phase says
  kPlace,   // may one more run, here and in the site?
  kLock,    // does nobody else work on the same things?
};
// In the order in which they are asked; the first no ends the asking.
std::span<const ClaimQuestion> claim_questions(ClaimStage stage);

enum class ClaimOutcome : std::uint8_t {
  kGo,    // its worker may go on
  kWait,  // it goes back, to be asked again soon
  kEnd,   // it ends in the claim itself
};

// What one question came to.
struct ClaimAnswer {
  ClaimOutcome outcome = ClaimOutcome::kGo;
  std::string why = {};                        // for people; empty where it goes
  RepairState end = RepairState::kNeedsHuman;  // of kEnd
  bool asks_policies = false;                  // of kWait: nothing else stands in its way

  [[nodiscard]] bool goes() const { return outcome == ClaimOutcome::kGo; }
  static ClaimAnswer go() { return {}; }
  static ClaimAnswer wait(std::string why) { return {ClaimOutcome::kWait, std::move(why)}; }
  static ClaimAnswer needs_human(std::string why) { return {ClaimOutcome::kEnd, std::move(why)}; }
  static ClaimAnswer superseded(std::string why) {
    return {ClaimOutcome::kEnd, std::move(why), RepairState::kSuperseded};
  }
};

}  // namespace sideband
