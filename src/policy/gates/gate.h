// A gate: one question that stands between a plan and production, and everything about it.
//
// Each gate is a file of this folder with one GateSpec; table.cpp lists them. docs/gates/ has a
// page for each, whose table is made from here (a test holds that).
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "model/reason.h"
#include "policy/facts.h"

namespace sideband {

// Who may let a plan pass a gate that refuses it.
enum class ReleasedBy : std::uint8_t {
  kNobody,
  kSecondPerson,  // whoever asks for the repair, and another one who approves it
};

// What becomes of a repair that is claimed and that the gate refuses.
enum class OnRefusal : std::uint8_t {
  kWait,       // it is looked at again soon
  kSupersede,  // it ends, and what it was to do is judged anew
};

// A set of phases.
class Phases {
 public:
  constexpr Phases(std::initializer_list<Phase> phases) {
    for (const Phase phase : phases) bits_ |= 1U << static_cast<unsigned>(phase);
  }
  [[nodiscard]] constexpr bool has(Phase phase) const {
    return ((bits_ >> static_cast<unsigned>(phase)) & 1U) != 0;
  }

 private:
  unsigned bits_ = 0;
};

struct GateSpec {
  GateId id;
  Phases phases;
  ReleasedBy released_by;
  OnRefusal on_refusal;
  const char* question;  // one line, for people
  // Pure. Says what it looked at also where it passes.
  Reason (*evaluate)(const Facts& facts);
  // The sentence of a reason that evaluate made: what was found; and how it would open. Only the
  // reason is read, so that a stored one reads as it did then.
  std::string (*saw)(const Reason& reason);
  std::string (*opens)(const Reason& reason);
};

// Every gate, in the order of GateId; those of playbooks, which are asked elsewhere, included.
std::span<const GateSpec> all_gates();
const GateSpec& gate_spec(GateId gate);

// Asks every gate of facts.phase. A released one passes where it said no, never where it does not
// know. The one place where a release counts.
std::vector<Reason> ask_gates(const Facts& facts);

// The first reason that does not pass; null when all do.
const Reason* first_refusal(const std::vector<Reason>& reasons);

// "5 changes of 20 keys is 25 %, limit 20 %", and "sideband resume shop", for people.
std::string saw_text(const Reason& reason);
std::string opens_text(const Reason& reason);
// "gate: what it saw".
std::string refusal_text(const Reason& reason);
// Those of all that do not pass, each with what opens it.
std::string refusals_text(const std::vector<Reason>& reasons);

// The gate `pauseWhen` where there are no Facts: of a status.
Reason judge_signals(const std::vector<SignalFact>& signals);

// Whether this refusal says that a repair which runs takes back what it did: gates.pauseWhen with
// `then: abort`.
bool takes_back(const Reason& reason);

// The names of the gates that people may release.
std::vector<std::string> releasable_gates();
// The gates that people release for a repair, by name. kInvalid: there is no such gate, or nobody
// may release it.
Result<GateSet> read_release(const std::vector<std::string>& names);

// So long records may wait for a signature before nothing is done any more.
inline constexpr Duration kMaxUnsigned = std::chrono::minutes(1);
// The gate `audit` where there are no Facts: of playbooks.
Reason ask_signed(const Fact<Duration>& unsigned_for);

// A reason of `gate` that passes or not, to which evidence is added.
Reason reason_of(GateId gate, bool passes);
Reason unknown_reason(GateId gate, const std::string& why);

}  // namespace sideband
