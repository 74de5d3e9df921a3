// Which of a target's fence tokens guards a key.
//
// A fence keeps the highest token for each of 1,024 stripes of the keys, not one for all: repairs
// at work on different keys then do not refuse each other, while of two that ever touch one key the
// older is stopped, since range locks let no two live ones overlap. Targets remember stripes, so
// the function MUST NOT change. FNV-1a, 32 bit: http://www.isthe.com/chongo/tech/comp/fnv/
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sideband {

inline constexpr std::size_t kFenceStripes = 1024;

inline std::size_t fence_stripe(std::string_view key) {
  std::uint32_t hash = 2166136261U;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash % kFenceStripes;
}

}  // namespace sideband
