// One round of questions to the policies of a reconciler, about one plan, before it is judged: each
// is asked once, on its target's own threads, and nobody holds a transaction or a lock meanwhile.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/runtime/context.h"
#include "engine/runtime/reconciler_runtime.h"
#include "engine/runtime/unit.h"
#include "policy/policy_answers.h"

namespace sideband {

// A machine inside a worker: it asks for units until answers() are there. That somebody does not
// answer is an answer, which is not known.
class PolicyRound {
 public:
  // What is known of the plan, read from the store outside of any transaction.
  using Gather = std::function<Result<Facts>(StoreReader& store)>;

  // `context` must outlive it.
  PolicyRound(EngineContext& context, ReconcilerRuntimePtr runtime, Gather gather)
      : context_(context), runtime_(std::move(runtime)), gather_(std::move(gather)) {}

  // The next unit, or nothing when answers() is ready. An error of `last` is for the caller.
  std::optional<Unit> next();
  [[nodiscard]] const PolicyAnswers& answers() const { return answers_; }

 private:
  EngineContext& context_;
  ReconcilerRuntimePtr runtime_;
  Gather gather_;
  bool gathered_ = false;
  std::string input_;
  PolicyAnswers answers_;
};

// All of them at once, in the thread of the caller. Blocks for their timeouts at most; `measures`
// may be null.
PolicyAnswers ask_policies(const ReconcilerRuntime& runtime, const Facts& facts, const Clock& clock,
                           EngineMetrics* measures);

}  // namespace sideband
