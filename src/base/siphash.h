// SipHash-2-4: a keyed 64-bit hash whose values nobody can foresee who does not have the key.
// https://www.aumasson.jp/siphash/siphash.pdf
#pragma once

#include <cstdint>
#include <string_view>

namespace sideband {

struct SipKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

std::uint64_t siphash(const SipKey& key, std::string_view bytes);

}  // namespace sideband
