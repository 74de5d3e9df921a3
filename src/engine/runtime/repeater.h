// Does something that may block, again and again, until the engine stops.
#pragma once

#include <functional>

#include "engine/runtime/unit.h"

namespace sideband {

// Waits for `every` before each time; does it on a thread of the store's pool.
class Repeater final : public Worker {
 public:
  Repeater(Duration every, std::function<void()> what) : every_(every), what_(std::move(what)) {}
  Unit next(Result<void> last) override {
    if (!last.ok()) return Unit::done();
    waited_ = !waited_;
    if (waited_) return Unit::sleep(every_);
    return Unit::on_target(kStorePool, [this]() -> Result<void> {
      what_();
      return {};
    });
  }

 private:
  const Duration every_;
  std::function<void()> what_;
  bool waited_ = false;
};

}  // namespace sideband
