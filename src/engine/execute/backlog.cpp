#include "engine/execute/backlog.h"

namespace sideband {

Result<std::int64_t> Backlog::count(Store& store) {
  std::int64_t waiting = 0;
  std::map<std::string, std::int64_t> of_owner;
  const StoreReadFn count = [&](StoreReader& reader) -> Result<void> {
    waiting = 0;
    of_owner.clear();
    for (const RepairState state :
         {RepairState::kAwaitingApproval, RepairState::kQueued, RepairState::kScheduled}) {
      SB_ASSIGN(const std::int64_t some, reader.count_repairs("", state));
      waiting += some;
    }
    if (waiting < most_) return {};
    SB_ASSIGN(const auto by_name, reader.count_waiting());
    for (const auto& [name, some] : by_name) of_owner[owner_of_(name)] += some;
    return {};
  };
  SB_TRY(store.read(count));
  const MutexLock lock(mutex_);
  waiting_ = waiting;
  of_owner_ = std::move(of_owner);
  return waiting;
}

Result<void> Backlog::room(const std::string& name) const {
  const std::string owner = owner_of_(name);
  const MutexLock lock(mutex_);
  if (waiting_ < most_) return {};
  const auto own = of_owner_.find(owner);
  const bool few = own == of_owner_.end() || own->second < most_ / 10;
  if (few && waiting_ < 2 * most_) return {};
  return Error::unavailable(std::to_string(waiting_) + " repairs wait already, " +
                            std::to_string(own == of_owner_.end() ? 0 : own->second) +
                            " of them of owner '" + owner +
                            "'; ask again when some of them have ended");
}

}  // namespace sideband
