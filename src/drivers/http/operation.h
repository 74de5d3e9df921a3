// Requests to one service as operations.
#pragma once

#include <set>

#include "drivers/http/target.h"
#include "drivers/operation_output.h"
#include "drivers/running_operations.h"

namespace sideband {

// What a step asks for, by the driver's table `operation`.
struct HttpStep {
  HttpCall call;
  bool idempotent = false;
  std::set<int> expect;  // empty: every 2xx
  std::set<int> already;
  std::set<int> refused;
  std::set<int> not_there;  // of a look
  [[nodiscard]] bool expects(int status) const {
    return expect.empty() ? status >= 200 && status < 300 : expect.contains(status);
  }
};

// See README.md for what each status means. Thread-safe.
class HttpOperation final : public Operation {
 public:
  HttpOperation(HttpTarget target, const Clock& clock)
      : target_(std::move(target)), clock_(clock) {}

  [[nodiscard]] OperationTraits traits(const OperationRequest& request) const override;
  [[nodiscard]] Result<void> check(const OperationRequest& request) const override;
  Result<OperationReply> run(const OperationRequest& request) override;
  Result<EffectProbe> probe_effect(const OperationRequest& request) override;
  Result<OperationReply> undo(const OperationRequest& request) override;
  void stop(const std::string& key) override { running_.stop(key); }

 private:
  [[nodiscard]] Result<HttpStep> parse(const DriverOptions& options, const char* method) const;
  [[nodiscard]] Result<HttpStep> parse_look(const DriverOptions& options) const;
  void add_headers(HttpCall& call, const OperationRequest& request) const;
  Result<HttpReply> send(HttpStep& step, const OperationRequest& request);
  Result<OperationReply> execute(const DriverOptions& options, const OperationRequest& request);

  const HttpTarget target_;
  const Clock& clock_;
  RunningOperations running_;
};

}  // namespace sideband
