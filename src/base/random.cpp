#include "base/random.h"

#include <sys/random.h>

#include <array>

#include "base/check.h"

namespace sideband {

std::string Random::bytes(std::size_t count) {
  std::string out;
  while (out.size() < count) {
    std::uint64_t word = next();
    for (int i = 0; i < 8 && out.size() < count; ++i, word >>= 8U) {
      out += static_cast<char>(word & 0xffU);
    }
  }
  return out;
}

double Random::fraction() {
  return static_cast<double>(next() >> 11U) * 0x1.0p-53;
}

std::uint64_t SystemRandom::next() {
  // A system call for each id would cost more than the id; each thread reads a block ahead.
  thread_local std::array<std::uint64_t, 32> block{};
  thread_local std::size_t used = block.size();
  if (used == block.size()) {
    SB_CHECK(getrandom(block.data(), sizeof block, 0) == static_cast<ssize_t>(sizeof block));
    used = 0;
  }
  return block.at(used++);
}

}  // namespace sideband
