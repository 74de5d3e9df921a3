// The files driver: configuration files, feature flags, certificates, anything below a folder.
#pragma once

#include <memory>

#include "drivers/context.h"
#include "drivers/files/own_writes.h"
#include "ports/driver.h"

namespace sideband {

// connect: root. Options of a collection: files (patterns), maxSize, settle, mode, attributes. See
// README.md.
class FilesDriver final : public Driver {
 public:
  explicit FilesDriver(const DriverContext& context) : context_(context) {}

  [[nodiscard]] std::string_view name() const override { return "files"; }
  Result<std::unique_ptr<Collection>> open(const TargetSettings& target,
                                           const CollectionSettings& collection,
                                           Role role) override;
  Result<GrantReport> grants(const TargetSettings& target, const CollectionSettings& collection,
                             Role role, const GrantNeeds& needs) override;
  Result<std::unique_ptr<Signal>> signal(const TargetSettings& target, const std::string& kind,
                                         const DriverOptions& options) override;
  Result<std::unique_ptr<Feed>> watch(const TargetSettings& target,
                                      const CollectionSettings& collection, Role role) override;

 private:
  const DriverContext context_;
  // Of all collections: one of them may read what another one wrote.
  const std::shared_ptr<OwnWrites> own_ = std::make_shared<OwnWrites>();
};

}  // namespace sideband
