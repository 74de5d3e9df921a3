// Commands of one Target as operations.
#pragma once

#include <set>

#include "drivers/exec/target.h"
#include "drivers/running_operations.h"
#include "ports/operation.h"

namespace sideband {

// What a step asks for, by the driver's table `operation`.
struct ExecRequest {
  std::vector<std::string> argv;
  std::string input;
  std::vector<std::string> environment;
  bool idempotent = false;
  bool json = false;        // its output is to be read as JSON
  std::set<int> expect;     // exit codes: done
  std::set<int> already;    // there was nothing to do
  std::set<int> refused;    // a precondition failed, nothing was done
  std::set<int> failed;     // it could not, nothing was done
  std::set<int> not_there;  // of a look
};

// The first mistake is the error, for a person; it is added to `faults` too, if given.
Result<ExecRequest> parse_exec_request(const ExecTarget& target, const DriverOptions& options,
                                       config::OptionFaults* faults = nullptr);

// See README.md for what exit codes mean. Thread-safe.
class ExecOperation final : public Operation {
 public:
  ExecOperation(ExecTarget target, const Clock& clock)
      : target_(std::move(target)), clock_(clock) {}

  [[nodiscard]] OperationTraits traits(const OperationRequest& request) const override;
  [[nodiscard]] Result<void> check(const OperationRequest& request) const override;
  Result<OperationReply> run(const OperationRequest& request) override;
  Result<EffectProbe> probe_effect(const OperationRequest& request) override;
  Result<OperationReply> undo(const OperationRequest& request) override;
  void stop(const std::string& key) override { running_.stop(key); }

 private:
  [[nodiscard]] Result<ChildCommand> command_of(const ExecRequest& exec,
                                                const OperationRequest& request) const;
  Result<ChildEnd> start(const ExecRequest& exec, const OperationRequest& request);
  Result<OperationReply> execute(const DriverOptions& options, const OperationRequest& request);
  [[nodiscard]] std::string redacted(std::string text) const;

  const ExecTarget target_;
  const Clock& clock_;
  RunningOperations running_;
};

}  // namespace sideband
