// An Open Policy Agent, asked by its REST API.
#pragma once

#include "drivers/http/target.h"
#include "ports/policy_server.h"

namespace sideband {

// Kept of an answer; a larger one is none.
inline constexpr std::size_t kMaxPolicyBody = 64 * 1024;

// `POST /v1/data/PATH` with {"input": ...}, and `GET /health`
// (openpolicyagent.org/docs/rest-api). Only 200 with a whole JSON object answers; redirects are not
// followed. Thread-safe.
class HttpPolicyServer final : public PolicyServer {
 public:
  HttpPolicyServer(HttpTarget target, const Clock& clock)
      : target_(std::move(target)), clock_(clock) {}

  Result<PolicyVerdict> ask(const std::string& path, const std::string& input,
                            Duration timeout) override;
  Result<void> check_health(Duration timeout) override;

 private:
  const HttpTarget target_;
  const Clock& clock_;
};

}  // namespace sideband
