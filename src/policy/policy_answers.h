// Policies of others (Open Policy Agent) in a decision: what they are asked, and which of their
// answers count. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/facts.h"

namespace sideband {

// What the policies of a reconciler said of one plan, when somebody asked for it. A value.
struct PolicyAnswers {
  std::string plan_hash;
  std::string requester;
  std::vector<PolicyFact> facts;
};

// Those that have to allow a plan: of the reconciler, of the Guardrails.
std::vector<PolicySettings> policies_of(const ReconcilerSettings& reconciler,
                                        const GuardrailSettings* guardrails);

// Each with its answer, where that is about this plan and requester and not older than the policy's
// maxAge; else with why it does not count.
std::vector<PolicyFact> answers_that_count(const std::vector<PolicySettings>& policies,
                                           const PolicyAnswers& answers,
                                           const std::string& plan_hash,
                                           const std::string& requester, WallTime now);

// Whether none of them has to be asked again: all said yes or no not longer ago than their maxAge,
// or some could not be asked less than a second ago.
bool are_fresh(const PolicyAnswers& answers, WallTime now);

// The value of "input" of a question: facts by the names of fact_names.h as members of objects,
// `null` where a fact is not known, "unknown" with the names of those, and "phase".
std::string policy_input(const Facts& facts);

// The verdict in the body of a 200, by OPA's REST API ("Get a Document (with Input)"): `result` is
// a truth, or an object with `allow` and `reasons`. Without a `result`, or without `allow` in it,
// it is undefined, which denies. kCorrupt: it says something else.
Result<PolicyVerdict> read_policy_answer(std::string_view body);

}  // namespace sideband
