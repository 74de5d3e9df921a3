// Which keys were seen, in six to twelve bytes for each: a Bloom filter of 256-bit blocks, one bit
// in each of a block's eight words (https://arxiv.org/abs/2101.01719). Pure.
//
// It never denies a key that it was given. It claims to know about 1 in 100,000 others, with up to
// 11 million keys; what it claims wrongly changes with the salt.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/siphash.h"
#include "model/state.h"

namespace sideband {

// Used by one thread at a time. Grows with the keys, up to `max_bytes`; behind that it claims more
// and more.
class KeyFilter {
 public:
  static constexpr std::size_t kMaxBytes = 64 << 20;

  // `salt` is random and secret, so that nobody can choose keys that are claimed.
  explicit KeyFilter(std::uint64_t salt, std::size_t max_bytes = kMaxBytes);

  void add(std::string_view key);
  [[nodiscard]] bool may_hold(std::string_view key) const;
  // Many at once cost less: the memory for the next ones is on its way while one is looked at.
  void add_all(std::span<const Item> items);
  // Calls `found` for each item that it does not claim to know; from then on it knows it.
  void add_unknown(std::span<const Item> items, const std::function<void(const Item&)>& found);
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  using Block = std::array<std::uint32_t, 8>;
  using Layer = std::vector<Block>;

  // Where a key's bits are in any layer, and which.
  struct Place {
    std::uint64_t hash;
    std::uint64_t bits;
  };
  using Places = std::array<Place, 64>;

  void grow();
  [[nodiscard]] Place place_of(std::string_view key) const;
  // The places of up to 64 items, with the memory asked for.
  void look_up(std::span<const Item> items, Places& places) const;
  void add(const Place& place);
  [[nodiscard]] bool may_hold(const Place& place) const;

  const SipKey key_;
  const std::size_t max_bytes_;
  std::vector<Layer> layers_;  // each larger than the one before; keys go into the last
  std::size_t room_ = 0;       // keys that the last one still takes
  std::size_t bytes_ = 0;
};

}  // namespace sideband
