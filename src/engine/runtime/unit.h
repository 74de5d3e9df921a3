// The shape of all engine work: a worker is a state machine that asks for one unit at a time.
//
// A unit is a store function, a call to a target, or a wait. The worker never blocks, sleeps or
// starts threads itself: the Runner carries units out on threads, and a simulator can carry out the
// units of all workers on one.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "ports/store.h"

namespace sideband {

struct Unit {
  enum class Kind : std::uint8_t { kStore, kCall, kWait, kDone };
  Kind kind = Kind::kDone;
  Lane lane = Lane::kControl;
  StoreFn store;
  std::string pool;  // kCall: the target whose threads carry it out
  std::function<Result<void>()> call;
  Duration wait{0};

  // Durable work; see ports/store.h for what `fn` may do.
  static Unit in_store(Lane lane, StoreFn fn);
  // Blocking work on the named pool.
  static Unit on_target(std::string pool, std::function<Result<void>()> call);
  // Nothing until `wait` passed or somebody wakes the worker; at once when it is not positive.
  static Unit sleep(Duration wait);
  static Unit done();
};

// Pool on which blocking reads of the store run.
inline constexpr const char* kStorePool = "@store";

class Worker {
 public:
  virtual ~Worker() = default;
  // The next unit, given how the last one ended (ok at first). Calls never overlap. A wait that the
  // runner cut short because it is stopping ends with kCancelled; the worker then winds up.
  virtual Unit next(Result<void> last) = 0;
};

}  // namespace sideband
