// The PolicyServer port: "may this be done", asked of a policy that somebody else keeps.
//
// Questions and verdicts are plain values without callbacks, so that the same port can run in a
// remote agent. Implementations MUST be thread-safe, MUST honour the deadline of each call, and
// MUST NOT retry by themselves.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "model/policy_verdict.h"

namespace sideband {

class PolicyServer {
 public:
  virtual ~PolicyServer() = default;
  // Asks the document at `path` about `input`, a JSON object. Blocks on the target for `timeout` at
  // most. Every error is an answer that is not known: kUnavailable, kTimeout and kPermission where
  // it did not answer, kCorrupt where what it answered is no verdict.
  virtual Result<PolicyVerdict> ask(const std::string& path, const std::string& input,
                                    Duration timeout) = 0;
  // Whether it says that it works. Blocks and fails as ask().
  virtual Result<void> check_health(Duration timeout) = 0;
};

}  // namespace sideband
