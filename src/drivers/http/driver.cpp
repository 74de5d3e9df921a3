#include "drivers/http/driver.h"

#include "base/log.h"
#include "drivers/http/grants.h"
#include "drivers/http/operation.h"
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

Result<std::unique_ptr<Feed>> HttpDriver::watch(const TargetSettings& target,
                                                const CollectionSettings&, Role) {
  return only_operations(target);
}

}  // namespace sideband
