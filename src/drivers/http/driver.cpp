#include "drivers/http/driver.h"

#include "base/log.h"
#include "drivers/http/grants.h"
#include "drivers/http/operation.h"
#include "drivers/http/policy_server.h"
#include "drivers/http/prometheus.h"
#include "drivers/http/signal.h"
#include "drivers/options.h"

namespace sideband {
namespace {

Error only_operations(const TargetSettings& target) {
  return for_person(
      Error::unsupported("target " + target.name +
                         ": the driver 'http' sends requests of playbooks; it has no items that "
                         "could be watched"));
}

}  // namespace

Result<std::unique_ptr<Collection>> HttpDriver::open(const TargetSettings& target,
                                                     const CollectionSettings&, Role) {
  return only_operations(target);
}

Result<GrantReport> HttpDriver::grants(const TargetSettings& target, const CollectionSettings&,
                                       Role, const GrantNeeds&) {
  SB_ASSIGN(const HttpTarget parsed, parse_http_target(target));
  return http_grants(parsed);
}

Result<std::unique_ptr<Operation>> HttpDriver::operation(const TargetSettings& target) {
  SB_ASSIGN(HttpTarget parsed, parse_http_target(target));
  if (parsed.plain_to_others) {
    log(LogLevel::kWarn, "requests are sent without TLS: anybody on the way can read and answer",
        {{"target", target.name}, {"url", parsed.base.origin}});
  }
  return std::unique_ptr<Operation>(
      std::make_unique<HttpOperation>(std::move(parsed), context_.clock));
}

Result<std::unique_ptr<Signal>> HttpDriver::signal(const TargetSettings& target,
                                                   const std::string& kind,
                                                   const DriverOptions& options) {
  SB_ASSIGN(HttpTarget parsed, parse_http_target(target));
  parsed.policy.max_body = kMaxSignalBody;
  if (kind == kPrometheusWord) {
    SB_ASSIGN(PrometheusQuery query, parse_prometheus_signal(target, options));
    return std::unique_ptr<Signal>(
        std::make_unique<PrometheusSignal>(std::move(parsed), std::move(query), context_.clock));
  }
  SB_ASSIGN(HttpMeasure measure, parse_http_signal(target, options));
  return std::unique_ptr<Signal>(
      std::make_unique<HttpSignal>(std::move(parsed), std::move(measure), context_.clock));
}

Result<std::unique_ptr<PolicyServer>> HttpDriver::policies(const TargetSettings& target) {
  SB_ASSIGN(HttpTarget parsed, parse_http_target(target));
  parsed.policy.max_body = kMaxPolicyBody;
  return std::unique_ptr<PolicyServer>(
      std::make_unique<HttpPolicyServer>(std::move(parsed), context_.clock));
}

Result<std::unique_ptr<Feed>> HttpDriver::watch(const TargetSettings& target,
                                                const CollectionSettings&, Role) {
  return only_operations(target);
}

}  // namespace sideband
