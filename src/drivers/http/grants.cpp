#include "drivers/http/grants.h"

namespace sideband {
namespace {

std::string refusal(const HttpTarget& target, const NetAddress& address) {
  if (target.policy.only_loopback && !address.loopback()) {
    return "without TLS only this machine may be asked";
  }
  return target.policy.addresses.refusal(target.base.host, address);
}

}  // namespace

GrantReport http_grants(const HttpTarget& target) {
  GrantReport report;
  report.identity = target.authorization.reveal().empty() ? "nobody" : "its authorization";
  const auto addresses = resolve_host(target.base.host);
  if (!addresses.ok()) {
    report.add_unknown("an address of " + target.base.host, true, addresses.error().message);
    return report;
  }
  for (const NetAddress& address : *addresses) {
    const std::string why = refusal(target, address);
    report.add_told("connecting to " + address.text(), true, why.empty(), why, "");
  }
  return report;
}

}  // namespace sideband
