// Randomness behind a seam: the system's for production, a seeded generator for tests and
// simulation.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace sideband {

// Thread-safe unless a subclass says otherwise.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
  // `count` random bytes.
  std::string bytes(std::size_t count);
  // Uniform in [0, 1).
  double fraction();
};

// The kernel's generator (getrandom); fit for keys and tokens.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

// Repeatable. Not thread-safe; not for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace sideband
