#include "policy/key_filter.h"

#include <algorithm>

namespace sideband {
namespace {

constexpr std::size_t kFirstBytes = 1 << 20;
constexpr std::size_t kGrowth = 2;
constexpr std::size_t kBytesEach = 6;

// SplitMix64's finalizer (https://prng.di.unimi.it/splitmix64.c).
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

// The block is chosen by the upper half of the hash, the bits by all of it.
std::size_t block_of(std::uint64_t hash, std::size_t blocks) {
  return static_cast<std::size_t>((hash >> 32U) * blocks >> 32U);
}

std::uint32_t bit(std::uint64_t bits, std::size_t word) {
  return std::uint32_t{1} << (bits >> (5 * word) & 31U);
}

}  // namespace

KeyFilter::KeyFilter(std::uint64_t salt, std::size_t max_bytes)
    : key_{salt, mix(salt + 0x9e3779b97f4a7c15U)}, max_bytes_(max_bytes) {
  grow();
}

void KeyFilter::grow() {
  const std::size_t wanted =
      layers_.empty() ? kFirstBytes : layers_.back().size() * sizeof(Block) * kGrowth;
  const std::size_t blocks = std::min(wanted, max_bytes_ - bytes_) / sizeof(Block);
  // Nothing is left: the last layer takes all that comes.
  if (blocks == 0 && !layers_.empty()) return;
  layers_.emplace_back(std::max<std::size_t>(blocks, 1));
  bytes_ += layers_.back().size() * sizeof(Block);
  room_ = layers_.back().size() * sizeof(Block) / kBytesEach;
}

KeyFilter::Place KeyFilter::place_of(std::string_view key) const {
  const std::uint64_t hash = siphash(key_, key);
  return {hash, mix(hash)};
}

void KeyFilter::look_up(std::span<const Item> items, Places& places) const {
  for (std::size_t i = 0; i < items.size(); ++i) {
    places[i] = place_of(items[i].key);
    for (const Layer& layer : layers_) {
      __builtin_prefetch(&layer[block_of(places[i].hash, layer.size())]);
    }
  }
}

void KeyFilter::add(std::string_view key) {
  add(place_of(key));
}

bool KeyFilter::may_hold(std::string_view key) const {
  return may_hold(place_of(key));
}

void KeyFilter::add(const Place& place) {
  if (room_ == 0) grow();
  if (room_ > 0) --room_;
  Block& block = layers_.back()[block_of(place.hash, layers_.back().size())];
  for (std::size_t word = 0; word < block.size(); ++word) block[word] |= bit(place.bits, word);
}

bool KeyFilter::may_hold(const Place& place) const {
  // The largest first: it holds the most.
  return std::any_of(layers_.rbegin(), layers_.rend(), [&](const Layer& layer) {
    const Block& block = layer[block_of(place.hash, layer.size())];
    for (std::size_t word = 0; word < block.size(); ++word) {
      if ((block[word] & bit(place.bits, word)) == 0) return false;
    }
    return true;
  });
}

void KeyFilter::add_all(std::span<const Item> items) {
  Places places;
  for (; !items.empty(); items = items.subspan(std::min(items.size(), places.size()))) {
    const auto some = items.first(std::min(items.size(), places.size()));
    look_up(some, places);
    for (std::size_t i = 0; i < some.size(); ++i) add(places[i]);
  }
}

void KeyFilter::add_unknown(std::span<const Item> items,
                            const std::function<void(const Item&)>& found) {
  Places places;
  for (; !items.empty(); items = items.subspan(std::min(items.size(), places.size()))) {
    const auto some = items.first(std::min(items.size(), places.size()));
    look_up(some, places);
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (may_hold(places[i])) continue;
      add(places[i]);
      found(some[i]);
    }
  }
}

}  // namespace sideband
