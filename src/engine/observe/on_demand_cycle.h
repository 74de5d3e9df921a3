// A cycle that somebody asked for: some keys, or everything, once, with an answer.
#pragma once

#include <functional>

#include "engine/observe/cycle.h"

namespace sideband {

using CycleDone = std::function<void(const CycleReply&)>;

class OnDemandCycle final : public Worker {
 public:
  OnDemandCycle(EngineContext& context, ReconcilerRuntimePtr runtime, CycleOptions options,
                CycleDone done)
      : cycle_(context, std::move(runtime), std::move(options)), done_(std::move(done)) {}

  Unit next(Result<void> last) override {
    auto unit = cycle_.next(std::move(last));
    if (unit) return std::move(*unit);
    done_(cycle_.reply());
    return Unit::done();
  }

 private:
  Cycle cycle_;
  CycleDone done_;
};

}  // namespace sideband
