// Time. The one door to the system's clocks: everything else takes a Clock or a time as an
// argument, so that tests and the simulator own the time.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "base/result.h"

namespace sideband {

using Duration = std::chrono::microseconds;

// Wall time, microseconds since 1970-01-01 UTC. For people, records and stored deadlines; may jump.
using WallTime = std::chrono::sys_time<Duration>;

// Time since boot, suspended time included (CLOCK_BOOTTIME). Never jumps; meaningless after a
// reboot.
struct BootClock {
  using duration = Duration;
};
using MonoTime = std::chrono::time_point<BootClock, Duration>;

// Thread-safe; never blocks.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual MonoTime mono() const = 0;
  // How far the machine's wall clock is ahead of wall(); negative: behind it.
  [[nodiscard]] virtual Duration gap() const { return Duration(0); }
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] MonoTime mono() const override;
};

// A clock that moves only when told to; both times advance together. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : wall_us_(start.time_since_epoch().count()) {}
  [[nodiscard]] WallTime wall() const override { return WallTime(Duration(wall_us_.load())); }
  [[nodiscard]] MonoTime mono() const override { return MonoTime(Duration(mono_us_.load())); }
  void advance(Duration by);

 private:
  std::atomic<std::int64_t> wall_us_;
  std::atomic<std::int64_t> mono_us_{0};
};

// RFC 3339 in UTC with microseconds: "2026-03-01T12:00:00.000000Z".
std::string format_time(WallTime time);

// The opposite of format_time; accepts no other form.
Result<WallTime> parse_time(const std::string& text);

// Identifies this boot of the machine; lets a stored MonoTime be told from one of an earlier boot.
std::string boot_id();

inline std::int64_t to_us(WallTime time) {
  return time.time_since_epoch().count();
}
inline WallTime from_us(std::int64_t us) {
  return WallTime(Duration(us));
}

}  // namespace sideband
