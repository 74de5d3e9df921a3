// A cycle that somebody asked for: some keys, or everything, once, with an answer.
#pragma once

#include <functional>

#include "engine/observe/cycle.h"

namespace sideband {

using CycleDone = std::function<void(const CycleReply&)>;

class OneShot final : public Worker {
 public:
  OneShot(EngineContext& context, ChannelPtr channel, CycleOptions options, CycleDone done)
      : cycle_(context, std::move(channel), std::move(options)), done_(std::move(done)) {}

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
