// Asking policies once from here, for `check --targets`. Changes nothing.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/policy_verdict.h"
#include "model/settings.h"

namespace sideband::cli {

// Asks whether the server is well, then the document about an empty input; blocks for twice the
// policy's timeout at most.
using AskPolicy =
    std::function<Result<PolicyVerdict>(const TargetSettings&, const PolicySettings&)>;

// One policy as it answered just now.
struct AskedPolicy {
  PolicySettings policy;
  Result<PolicyVerdict> verdict = Error::unavailable("it was not asked");

  [[nodiscard]] bool undefined() const { return verdict.ok() && !verdict->defined; }
};

// Every policy that a reconciler or the Guardrails name, each document once.
std::vector<AskedPolicy> ask_policies(const Settings& settings, const AskPolicy& ask);

// A table of them, nothing where there are none; or a JSON list.
void print_policies(std::ostream& out, const std::vector<AskedPolicy>& policies);
std::string policies_json(const std::vector<AskedPolicy>& policies);
// "policies: 1 answered, 1 not defined, 0 without an answer", with its line end.
std::string policies_summary(const std::vector<AskedPolicy>& policies);

}  // namespace sideband::cli
