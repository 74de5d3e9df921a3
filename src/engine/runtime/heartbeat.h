// The engine's pulse: a worker that only goes round. Each beat has passed the timers, the engine's
// thread and the store's writer, so that it stops when one of them hangs, and only then: a store
// that answers with an error answers.
#pragma once

#include <atomic>

#include "engine/runtime/context.h"
#include "engine/runtime/unit.h"

namespace sideband {

class Heartbeat final : public Worker {
 public:
  // `beat_us` gets the mono time of each beat in microseconds; it must outlive the worker.
  Heartbeat(EngineContext& context, Duration every, std::atomic<std::int64_t>& beat_us)
      : context_(context), every_(every), beat_us_(beat_us) {}
  Unit next(Result<void> last) override;

 private:
  EngineContext& context_;
  const Duration every_;
  std::atomic<std::int64_t>& beat_us_;
  bool asking_ = false;
};

}  // namespace sideband
