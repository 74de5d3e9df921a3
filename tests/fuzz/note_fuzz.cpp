// Signed notes and verifier keys from anywhere.
#include <cstdint>

#include "audit/verify/note.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sideband::VerifierKey key = *sideband::parse_verifier_key(
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)sideband::parse_verifier_key(text);
  (void)sideband::open_checkpoint(text, key);
  return 0;
}
