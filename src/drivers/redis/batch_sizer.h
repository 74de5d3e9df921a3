// How many keys one command may take, learned from how long commands of ours took.
//
// A server runs one command at a time, so the longest one is how long everybody else may have to
// wait. What a command took beyond a bare round trip is its work there, and what the server did for
// others before it came to it: both are reasons to ask for less. As in LEDBAT (RFC 6817) that time
// is held against a budget; as in TCP (RFC 5681) a command within it adds a few keys to the next
// one, and a longer one halves them.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/clock.h"
#include "base/metrics.h"

namespace sideband {

struct BatchPolicy {
  Duration budget;    // of a command, beyond a bare round trip
  std::size_t min;    // keys; also the first size
  std::size_t max;    // keys
  std::size_t step;   // keys that a command within the budget adds
  std::size_t bytes;  // about so many in one command or its reply; may leave less than `min`
};

// As fast as a server can be asked by one client.
inline constexpr BatchPolicy kSwiftBatches{std::chrono::milliseconds(1), 100, 1000, 100, 8 << 20};
// Where the target's rates are limited. A server sends 64 KiB before it looks at its other clients.
inline constexpr BatchPolicy kGentleBatches{std::chrono::microseconds(50), 10, 200, 2, 64 << 10};

// The size that follows one command of `keys` keys; pure.
std::size_t next_batch(const BatchPolicy& policy, std::size_t size, std::size_t keys,
                       Duration beyond_round_trip);

// Thread-safe; a lost update only delays the adaptation.
class BatchSizer {
 public:
  // `gauge` shows the size, if given; it must outlive this.
  explicit BatchSizer(const BatchPolicy& policy, Gauge* gauge = nullptr);

  [[nodiscard]] const BatchPolicy& policy() const { return policy_; }
  // At least 1.
  [[nodiscard]] std::size_t size() const;

  // A command of `keys` keys and about `bytes` bytes took so long, the round trip not counted.
  void record(std::size_t keys, std::size_t bytes, Duration beyond_round_trip);

 private:
  const BatchPolicy policy_;
  Gauge* const gauge_;
  std::atomic<std::size_t> by_time_;
  std::atomic<std::size_t> mean_bytes_{0};  // of a key
};

}  // namespace sideband
