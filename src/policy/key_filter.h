// Which keys were seen, in six to twelve bytes for each: a Bloom filter of 256-bit blocks, one bit
// in each of a block's eight words (https://arxiv.org/abs/2101.01719). Pure.
//
// It never denies a key that it was given. It claims to know about 1 in 100,000 others, with up to
// 11 million keys; what it claims wrongly changes with the salt.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/siphash.h"

namespace sideband {

// Used by one thread at a time. Grows with the keys, up to `most_bytes`; behind that it claims more
// and more.
class KeyFilter {
 public:
  static constexpr std::size_t kMostBytes = 64 << 20;

  // `salt` is random and secret, so that nobody can choose keys that are claimed.
  explicit KeyFilter(std::uint64_t salt, std::size_t most_bytes = kMostBytes);

  void add(std::string_view key);
  [[nodiscard]] bool may_hold(std::string_view key) const;
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  using Block = std::array<std::uint32_t, 8>;
  using Layer = std::vector<Block>;

  void grow();

  const SipKey key_;
  const std::size_t most_bytes_;
  std::vector<Layer> layers_;  // each larger than the one before; keys go into the last
  std::size_t room_ = 0;       // keys that the last one still takes
  std::size_t bytes_ = 0;
};

}  // namespace sideband
