#include "base/sha256.h"

// EVP's way to the same function takes a third longer for a small record, and most are small.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"

namespace sideband {
Digest sha256(std::initializer_list<std::string_view> parts) {
  SHA256_CTX hash;
  SB_CHECK(SHA256_Init(&hash) == 1);
  for (const std::string_view part : parts) {
    SB_CHECK(SHA256_Update(&hash, part.data(), part.size()) == 1);
  }
  Digest out{};
  SB_CHECK(SHA256_Final(out.data(), &hash) == 1);
  return out;
}

Digest to_digest(std::string_view bytes) {
  SB_CHECK(bytes.size() == std::tuple_size_v<Digest>);
  Digest out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

std::string to_hex(const Digest& digest) {
  return to_hex(as_bytes(digest));
}

}  // namespace sideband
