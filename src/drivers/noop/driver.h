// The noop driver: a target that is not there.
#pragma once

#include <map>
#include <string>

#include "base/mutex.h"
#include "drivers/context.h"
#include "drivers/noop/memory.h"
#include "ports/driver.h"

namespace sideband {

// Option of a collection: items. What applies set is remembered for each target name as long as the
// driver lives, so that every Collection of a target sees it.
class NoopDriver final : public Driver {
 public:
  explicit NoopDriver(const DriverContext& context) : context_(context) {}

  [[nodiscard]] std::string_view name() const override { return "noop"; }
  Result<std::unique_ptr<Collection>> open(const TargetSettings& target,
                                           const CollectionSettings& collection,
                                           Role role) override;
  Result<GrantReport> grants(const TargetSettings& target, const CollectionSettings& collection,
                             Role role, const GrantNeeds& needs) override;
  Result<std::unique_ptr<Feed>> watch(const TargetSettings& target,
                                      const CollectionSettings& collection, Role role) override;

  // The target's memory; made with so many items when new.
  std::shared_ptr<NoopMemory> memory(const std::string& target, std::int64_t items)
      SB_EXCLUDES(mutex_);

 private:
  const DriverContext context_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<NoopMemory>> memories_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
