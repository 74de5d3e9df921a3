// How much of a second's allowance may be taken now, so that it is taken evenly and not at once.
//
// A token bucket that hands out 5 ms worth at once, where a bucket of a whole second would let a
// second's work go out in one burst. It holds twice as much, so that a thread which wakes a little
// late loses nothing of its rate. https://en.wikipedia.org/wiki/Token_bucket
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace sideband {

// Pure: `now` is handed in and never goes back. Used under its owner's lock.
class PacedRate {
 public:
  // What is not worth less than one call of its own: `at_least` are handed out at once, but never
  // more than a second's worth. `per_second` 0 = no limit.
  PacedRate(std::int64_t per_second, std::size_t at_least, MonoTime now);

  [[nodiscard]] bool limited() const { return per_second_ != 0; }
  // `wanted`, or as much as is handed out at once where that is less. Calls that ask for
  // `at_least` or more get no less than that.
  [[nodiscard]] std::size_t cut(std::size_t wanted, std::size_t at_least = 1) const;
  // Until `amount` may be taken. What is more than the bucket holds goes when it is full; what
  // follows waits the longer.
  [[nodiscard]] Duration wait(std::size_t amount, MonoTime now) const;
  // Takes it, into debt where it is not there: how much a call moved is known only after it.
  void take(std::size_t amount, MonoTime now);
  // Gives back what was taken and not used.
  void give_back(std::size_t amount, MonoTime now);

 private:
  [[nodiscard]] double left(MonoTime now) const;

  std::int64_t per_second_;
  double at_once_;
  double held_;
  double left_;
  MonoTime at_;
};

}  // namespace sideband
