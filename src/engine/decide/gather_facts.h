// Builds the facts that gates look at: the one place, for the loop, for what people ask, for
// claims, steps and `sideband plan`.
#pragma once

#include <functional>
#include <string>

#include "engine/runtime/reconciler_runtime.h"
#include "policy/facts.h"
#include "policy/policy_answers.h"
#include "ports/store.h"

namespace sideband {

// The number that a rule compares at that time.
using SignalValues = std::function<Fact<double>(const SignalCondition& rule, WallTime now)>;

// What is to be judged, and when. `runtime` and `plan` outlive the facts.
struct Subject {
  Phase phase;
  const ReconcilerRuntime& runtime;
  const Plan& plan;
  bool undo;
  std::string requester;
  GateSet released;
  // Of a look at keys that found something to delete: the desired side's items behind the reads.
  Fact<std::int64_t> fresh_count;
  Fact<Duration> unsigned_for;  // EngineContext::unsigned_for
  PlaceFacts place;
  SignalValues signals;    // EngineContext::signals, or readings of now
  PolicyAnswers policies;  // of whoever asked before; none were asked where it is empty
};

// Places and locks that nobody asked for in this phase.
PlaceFacts no_place();

// `head` as it is to be believed: of the store, or with what the scan behind `plan` just found.
// Reads only what a gate of that phase asks for.
Result<Facts> gather_facts(StoreReader& store, const Subject& subject, const ReconcilerHead& head,
                           WallTime now);
// With the head of the store.
Result<Facts> gather_facts(StoreReader& store, const Subject& subject, WallTime now);

// The rules of gates.pauseWhen of a reconciler that protects `scope`, with what was kept of them.
Result<std::vector<SignalFact>> gather_signals(StoreReader& store,
                                               const ReconcilerSettings& reconciler,
                                               const std::string& scope, const SignalValues& values,
                                               WallTime now);

// The same as if nothing had been recorded yet: for a look without the daemon's store.
Facts facts_of_nothing_recorded(const Subject& subject, const SourceState& source, WallTime now);

}  // namespace sideband
