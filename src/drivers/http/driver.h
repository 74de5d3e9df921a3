// The http driver: requests to one service.
#pragma once

#include "drivers/context.h"
#include "ports/driver.h"

namespace sideband {

// connect: url, allow, ca, tls, headers, user, idempotencyHeader, fenced, timeout, and as
// credentials bearer or password. There are no items: operations, signals and policies. See
// README.md.
class HttpDriver final : public Driver {
 public:
  explicit HttpDriver(const DriverContext& context) : context_(context) {}

  [[nodiscard]] std::string_view name() const override { return "http"; }
  // kUnsupported: a request has no items.
  Result<std::unique_ptr<Collection>> open(const TargetSettings& target,
                                           const CollectionSettings& collection,
                                           Role role) override;
  Result<GrantReport> grants(const TargetSettings& target, const CollectionSettings& collection,
                             Role role, const GrantNeeds& needs) override;
  Result<std::unique_ptr<Operation>> operation(const TargetSettings& target) override;
  Result<std::unique_ptr<Signal>> signal(const TargetSettings& target, const std::string& kind,
                                         const DriverOptions& options) override;
  Result<std::unique_ptr<PolicyServer>> policies(const TargetSettings& target) override;
  Result<std::unique_ptr<Feed>> watch(const TargetSettings& target,
                                      const CollectionSettings& collection, Role role) override;

 private:
  const DriverContext context_;
};

}  // namespace sideband
