#include "engine/runtime/store_time.h"

namespace sideband {

void HeardClock::hear(WallTime said) {
  const MutexLock lock(mutex_);
  at_ = own_.mono();
  said_ = said;
}

WallTime HeardClock::wall() const {
  const MutexLock lock(mutex_);
  return said_ + (own_.mono() - at_);
}

void StoreTime::hear(WallTime said) {
  store_.hear(said);
  if (heard_) return;
  slewed_.adopt();
  heard_ = true;
}

}  // namespace sideband
