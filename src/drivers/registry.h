// All drivers of this build, by name.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "config/field_table.h"
#include "drivers/context.h"
#include "drivers/limited_collection.h"
#include "ports/driver.h"

namespace sideband {

// Thread-safe. Must outlive what it opened.
class DriverRegistry {
 public:
  explicit DriverRegistry(const DriverContext& context);

  // Null when there is none of this name. The driver belongs to the registry.
  [[nodiscard]] Driver* find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;

  // Opens a Collection that keeps to its target's limits. All Collections of one target share them;
  // when the settings of the limits changed, those opened from then on share the new ones. Opening
  // waits for a connection of the target's, for its statementTimeout at most.
  // kUnsupported for a driver that is not there; else as Driver::open.
  Result<std::unique_ptr<Collection>> open(const TargetSettings& target,
                                           const CollectionSettings& collection, Role role);
  // As Driver::grants.
  Result<GrantReport> grants(const TargetSettings& target, const CollectionSettings& collection,
                             Role role, const GrantNeeds& needs);
  // As Driver::look_at_table.
  Result<TableReport> look_at_table(const TargetSettings& target,
                                    const CollectionSettings& collection, Role role,
                                    Duration timeout);
  // As Driver::operation, kept to its target's limits.
  Result<std::unique_ptr<Operation>> operation(const TargetSettings& target);
  // As Driver::signal, kept to its target's limits.
  Result<std::unique_ptr<Signal>> signal(const TargetSettings& target, const std::string& kind,
                                         const DriverOptions& options);
  // As Driver::policies, kept to its target's limits.
  Result<std::unique_ptr<PolicyServer>> policies(const TargetSettings& target);
  Result<std::unique_ptr<Feed>> watch(const TargetSettings& target,
                                      const CollectionSettings& collection, Role role);

 private:
  Result<Driver*> driver_of(const TargetSettings& target) const;
  std::shared_ptr<TargetLimiter> limiter_of(const TargetSettings& target) SB_EXCLUDES(mutex_);
  // Makes the call when it has a connection of the target's.
  template <class Call>
  auto in_turn(TargetLimiter& limiter, Call call) -> decltype(call());

  const DriverContext context_;
  std::map<std::string, std::unique_ptr<Driver>, std::less<>> drivers_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<TargetLimiter>> limiters_ SB_GUARDED_BY(mutex_);
};

// What every driver brings to configuration, for the validator.
std::vector<config::DriverFields> all_driver_fields();

}  // namespace sideband
