#include "drivers/noop/driver.h"

#include "drivers/noop/collection.h"
#include "drivers/options.h"

namespace sideband {

std::shared_ptr<NoopMemory> NoopDriver::memory(const std::string& target, std::int64_t items) {
  const MutexLock lock(mutex_);
  auto& memory = memories_[target];
  if (!memory) memory = std::make_shared<NoopMemory>(items);
  return memory;
}

Result<std::unique_ptr<Collection>> NoopDriver::open(const TargetSettings& target,
                                                     const CollectionSettings& collection,
                                                     Role role) {
  const OptionReader options(collection.options, "collection on " + target.name);
  SB_ASSIGN(const std::int64_t items, options.count_or("items", 1000));
  auto memory = role == Role::kActual ? this->memory(target.name, items) : nullptr;
  return std::unique_ptr<Collection>(
      std::make_unique<NoopCollection>(std::move(memory), items, context_));
}

// Nothing is reached, so nothing is needed.
Result<GrantReport> NoopDriver::grants(const TargetSettings& /*target*/,
                                       const CollectionSettings& /*collection*/, Role /*role*/,
                                       const GrantNeeds& /*needs*/) {
  return GrantReport{"nobody", {}};
}

Result<std::unique_ptr<Feed>> NoopDriver::watch(const TargetSettings&, const CollectionSettings&,
                                                Role) {
  return Error::unsupported("the noop driver has no feed: nothing happens there by itself");
}

}  // namespace sideband
