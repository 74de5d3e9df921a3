// Everything that gates and rules may look at, as one value. It is built in one place
// (engine/decide/gather_facts.h) for the loop, for what people ask, for a claim, a step and
// `sideband plan`; nothing in it has a default, so that who forgets a part cannot compile.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "model/kept_state.h"
#include "model/pause_scope.h"
#include "model/policy_verdict.h"
#include "model/principal.h"
#include "model/repair.h"
#include "model/settings.h"
#include "model/silence.h"
#include "model/source_state.h"
#include "policy/change_window.h"

namespace sideband {

class DecisionRules;  // policy/decision_rules.h
class OpenTimes;      // policy/calendar.h

// A value, or why nobody knows it. Without a default: not known has to be said.
template <class T>
class Fact {
 public:
  Fact(T value) : value_(std::move(value)) {}  // NOLINT: a value is a known fact
  static Fact unknown(std::string why) { return Fact(Nothing(), std::move(why)); }

  [[nodiscard]] bool known() const { return value_.has_value(); }
  // Only of a known one.
  const T& operator*() const {
    SB_CHECK(value_.has_value());
    return *value_;
  }
  const T* operator->() const { return &**this; }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  struct Nothing {};
  Fact(Nothing /*tag*/, std::string why) : why_(std::move(why)) {}
  std::optional<T> value_;
  std::string why_;
};

// When gates are asked.
enum class Phase : std::uint8_t {
  kDecide,  // a plan of the loop, of a wake, of keys or a scan that somebody asked for, of an undo
  kApply,   // a plan that was held, which a person wants to be run
  kClaim,   // a repair that may start, or go on after its worker was lost
  kPlace,   // the same, when it needs a place and the lock of its resources
  kStep,    // before each step
};
inline constexpr std::size_t kPhaseCount = 5;

struct PauseFact {
  Pause pause;
  PauseScope scope;  // of this reconciler: by this or a former name
};

// What a plan would do.
struct PlanFacts {
  std::string hash;
  std::int64_t changes;
  std::int64_t creates;
  std::int64_t updates;
  std::int64_t deletes;
  bool whole;  // of a whole scan; false: some keys were looked at
  bool undo;   // takes a repair back
  Fact<WallTime> observed_at;
  // Items of the desired side: counted by the whole scan itself. For keys: asked again behind the
  // reads when there is something to delete, else the count of the last whole scan.
  Fact<std::int64_t> desired;
  bool current;  // made under the configuration that is in force
};

struct ApprovalFacts {
  Fact<std::int64_t> given;  // by others than the requester, for this very plan
};

struct PlaceFacts {
  Fact<bool> room;       // fewer of its reconciler run than may
  Fact<bool> site_room;  // fewer of the site run than may
  Fact<bool> locked;     // nobody else works on its resources
};

// One rule of gates.pauseWhen, and what its signal says.
struct SignalFact {
  PauseRule rule;
  Fact<double> value;     // of a reading that counts now
  Fact<SignalHold> hold;  // what the rule came to when the signal was read last
};

// One condition of detect.signals, and what its signal says.
struct EvidenceFact {
  SignalCondition condition;
  Fact<double> value;  // of a reading that counts now
};

// A policy that has to allow the plan, and what it said of this very plan.
struct PolicyFact {
  PolicySettings policy;
  Fact<PolicyVerdict> verdict;
  WallTime asked_at;  // epoch: it was not
};

struct Facts {
  Phase phase;
  WallTime now;
  std::string reconciler;
  const ReconcilerSettings& settings;
  const GuardrailSettings* guardrails;  // null: the site has none
  const DecisionRules& rules;           // of both, made ready
  const OpenTimes& times;               // calendars of both
  std::string requester;                // kLoopIdentity for the loop
  GateSet released;                     // for this repair, by people
  PlanFacts plan;
  SourceState source;
  std::optional<PauseFact> pause;
  std::optional<Silence> silence;  // that holds now and matches it
  Fact<Duration> unsigned_for;     // for how long a record of the audit log waits for its signature
  Fact<std::string> declined_by;   // who said no to this very plan; empty = nobody
  Fact<ChangeWindow> window;       // changes of what this reconciler protects
  Fact<ChangeWindow> site_window;  // of the whole site
  Fact<ChangeWindow> deletes;      // deletions of what this reconciler protects
  ApprovalFacts approval;
  PlaceFacts place;
  std::vector<SignalFact> signals;     // of the rules that hold for this reconciler
  Fact<Breaker> breaker;               // of what this reconciler protects
  std::vector<EvidenceFact> evidence;  // of detect.signals
  std::vector<PolicyFact> policies;    // of the reconciler, then of the Guardrails

  [[nodiscard]] bool by_loop() const { return requester == kLoopIdentity; }
  [[nodiscard]] Mode mode() const {
    return guardrails == nullptr ? settings.mode : std::min(settings.mode, guardrails->max_mode);
  }
};

}  // namespace sideband
