#include "drivers/registry.h"

#include "drivers/driver_fields.h"
#include "drivers/exec/driver.h"
#include "drivers/files/driver.h"
#include "drivers/http/driver.h"
#include "drivers/limited_feed.h"
#include "drivers/limited_operation.h"
#include "drivers/limited_policy_server.h"
#include "drivers/limited_signal.h"
#include "drivers/noop/driver.h"
#include "drivers/options.h"
#include "drivers/postgres/driver.h"
#include "drivers/redis/driver.h"
#include "drivers/sqlite/driver.h"
#include "drivers/within_memory.h"

namespace sideband {

DriverRegistry::DriverRegistry(const DriverContext& context) : context_(context) {
  drivers_["exec"] = std::make_unique<ExecDriver>(context);
  drivers_["files"] = std::make_unique<FilesDriver>(context);
  drivers_["http"] = std::make_unique<HttpDriver>(context);
  drivers_["noop"] = std::make_unique<NoopDriver>(context);
  drivers_["postgres"] = std::make_unique<PostgresDriver>(context);
  drivers_["redis"] = std::make_unique<RedisDriver>(context);
  drivers_["sqlite"] = std::make_unique<SqliteDriver>(context);
}

Driver* DriverRegistry::find(std::string_view name) const {
  const auto found = drivers_.find(name);
  return found == drivers_.end() ? nullptr : found->second.get();
}

std::vector<std::string> DriverRegistry::names() const {
  std::vector<std::string> names;
  for (const auto& [name, driver] : drivers_) names.push_back(name);
  return names;
}

Result<Driver*> DriverRegistry::driver_of(const TargetSettings& target) const {
  Driver* driver = find(target.driver);
  if (driver != nullptr) return driver;
  return for_person(Error::unsupported("target " + target.name + ": this build has no driver '" +
                                       target.driver + "'"));
}

std::shared_ptr<TargetLimiter> DriverRegistry::limiter_of(const TargetSettings& target) {
  const MutexLock lock(mutex_);
  auto& limiter = limiters_[target.name];
  if (!limiter || !limiter->has_limits(target.limits)) {
    Counter* const waited =
        context_.metrics == nullptr
            ? nullptr
            : &context_.metrics->counter("sideband_target_wait_seconds_total",
                                         "Time that calls waited for their turn at a target.",
                                         {{"target", target.name}});
    limiter = std::make_shared<TargetLimiter>(target.limits, context_.clock, waited);
  }
  return limiter;
}

// Many are opened at the same time after a start or when a target is back.
template <class Call>
auto DriverRegistry::in_turn(TargetLimiter& limiter, Call call) -> decltype(call()) {
  const Deadline deadline(context_.clock, limiter.limits().statement_timeout);
  SB_ASSIGN(const TargetLimiter::Turn turn, limiter.turn({}, deadline));
  return within_memory(Effect::kNone, call);
}

Result<std::unique_ptr<Collection>> DriverRegistry::open(const TargetSettings& target,
                                                         const CollectionSettings& collection,
                                                         Role role) {
  SB_ASSIGN(Driver * driver, driver_of(target));
  auto limiter = limiter_of(target);
  SB_ASSIGN(auto inner, in_turn(*limiter, [&] { return driver->open(target, collection, role); }));
  return std::unique_ptr<Collection>(
      std::make_unique<LimitedCollection>(std::move(inner), std::move(limiter), context_.clock));
}

Result<GrantReport> DriverRegistry::grants(const TargetSettings& target,
                                           const CollectionSettings& collection, Role role,
                                           const GrantNeeds& needs) {
  SB_ASSIGN(Driver * driver, driver_of(target));
  return in_turn(*limiter_of(target),
                 [&] { return driver->grants(target, collection, role, needs); });
}

Result<TableReport> DriverRegistry::look_at_table(const TargetSettings& target,
                                                  const CollectionSettings& collection, Role role,
                                                  Duration timeout) {
  SB_ASSIGN(Driver * driver, driver_of(target));
  return in_turn(*limiter_of(target),
                 [&] { return driver->look_at_table(target, collection, role, timeout); });
}

Result<std::unique_ptr<Operation>> DriverRegistry::operation(const TargetSettings& target) {
  SB_ASSIGN(Driver * driver, driver_of(target));
  SB_ASSIGN(auto inner, driver->operation(target));
  return std::unique_ptr<Operation>(
      std::make_unique<LimitedOperation>(std::move(inner), limiter_of(target), context_.clock));
}

Result<std::unique_ptr<Signal>> DriverRegistry::signal(const TargetSettings& target,
                                                       const std::string& kind,
                                                       const DriverOptions& options) {
  SB_ASSIGN(Driver * driver, driver_of(target));
  SB_ASSIGN(auto inner, driver->signal(target, kind, options));
  return std::unique_ptr<Signal>(
      std::make_unique<LimitedSignal>(std::move(inner), limiter_of(target), context_.clock));
}

Result<std::unique_ptr<PolicyServer>> DriverRegistry::policies(const TargetSettings& target) {
  SB_ASSIGN(Driver * driver, driver_of(target));
  SB_ASSIGN(auto inner, driver->policies(target));
  return std::unique_ptr<PolicyServer>(
      std::make_unique<LimitedPolicyServer>(std::move(inner), limiter_of(target), context_.clock));
}

Result<std::unique_ptr<Feed>> DriverRegistry::watch(const TargetSettings& target,
                                                    const CollectionSettings& collection,
                                                    Role role) {
  SB_ASSIGN(Driver * driver, driver_of(target));
  SB_ASSIGN(auto inner,
            within_memory(Effect::kNone, [&] { return driver->watch(target, collection, role); }));
  return std::unique_ptr<Feed>(std::make_unique<LimitedFeed>(std::move(inner)));
}

std::vector<config::DriverFields> all_driver_fields() {
  return {exec_fields(),     files_fields(), http_fields(),  noop_fields(),
          postgres_fields(), redis_fields(), sqlite_fields()};
}

}  // namespace sideband
