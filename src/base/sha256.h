// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sideband {

using Digest = std::array<std::uint8_t, 32>;

// Digest of the concatenation of `parts`. Thread-safe; does not block. About 0.3 us plus hashing.
Digest sha256(std::initializer_list<std::string_view> parts);
inline Digest sha256(std::string_view bytes) {
  return sha256({bytes});
}

inline std::string_view as_bytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}
// The digest held by 32 bytes; stops the process on another length.
Digest to_digest(std::string_view bytes);
std::string to_hex(const Digest& digest);

}  // namespace sideband
