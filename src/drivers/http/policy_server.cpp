#include "drivers/http/policy_server.h"

#include <fmt/format.h>

#include <atomic>

#include "base/jcs.h"
#include "drivers/http/signal.h"
#include "policy/policy_answers.h"

namespace sideband {
namespace {

Error no_verdict(const std::string& why) {
  return {ErrorCode::kCorrupt, "its answer is none: " + why, Retry::kAfter, Effect::kNone};
}

// What was not answered changed nothing, whatever was sent.
Error not_answered(Error error) {
  error.effect = Effect::kNone;
  return error;
}

Result<void> check_status(const HttpReply& reply) {
  if (reply.status == 200) return {};
  if (reply.status == 401 || reply.status == 403) {
    return Error{ErrorCode::kPermission, fmt::format("it answered {}", reply.status),
                 Retry::kPerson, Effect::kNone};
  }
  const bool redirect = reply.status >= 300 && reply.status < 400;
  return no_verdict(
      fmt::format("status {}{}", reply.status, redirect ? "; redirects are not followed" : ""));
}

}  // namespace

Result<PolicyVerdict> HttpPolicyServer::ask(const std::string& path, const std::string& input,
                                            Duration timeout) {
  const Deadline deadline(clock_, timeout);
  HttpCall call = call_to(target_, "POST", "/v1/data/" + path);
  call.headers.emplace_back("Content-Type: application/json");
  call.body = JsonObject().add_json("input", input).text();
  call.has_body = true;
  const std::atomic<bool> never{false};
  auto reply = http_call(target_.base, target_.policy, call, deadline, never);
  if (!reply.ok()) return not_answered(reply.error());
  SB_TRY(check_status(*reply));
  if (reply->dropped > 0) {
    return no_verdict(fmt::format("larger than {} KiB", kMaxPolicyBody / 1024));
  }
  return read_policy_answer(reply->body);
}

Result<void> HttpPolicyServer::check_health(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  auto reply = http_get(target_, "/health", deadline);
  if (!reply.ok()) return not_answered(reply.error());
  return check_status(*reply);
}

}  // namespace sideband
