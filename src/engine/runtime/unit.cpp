#include "engine/runtime/unit.h"

namespace sideband {

Unit Unit::in_store(Lane lane, StoreFn fn) {
  Unit unit;
  unit.kind = Kind::kStore;
  unit.lane = lane;
  unit.store = std::move(fn);
  return unit;
}

Unit Unit::on_target(std::string pool, std::function<Result<void>()> call) {
  Unit unit;
  unit.kind = Kind::kCall;
  unit.pool = std::move(pool);
  unit.call = std::move(call);
  return unit;
}

Unit Unit::sleep(Duration wait) {
  Unit unit;
  unit.kind = Kind::kWait;
  unit.wait = wait;
  return unit;
}

Unit Unit::done() {
  return {};
}

}  // namespace sideband
