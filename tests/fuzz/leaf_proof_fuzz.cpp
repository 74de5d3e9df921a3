// Proof files from anywhere.
#include <cstdint>

#include "audit/verify/leaf_proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sideband::VerifierKey key = *sideband::parse_verifier_key(
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)sideband::check_leaf_proof("{}", text, key);
  return 0;
}
