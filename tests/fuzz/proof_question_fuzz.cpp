// Proofs as questions in JSON from anywhere; and JSON in its canonical form, which is its own.
#include <cstdint>
#include <cstdlib>

#include "audit/verify/proof_question.h"
#include "model/canonical_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)sideband::answer_proof(text);
  const auto document = sideband::parse_json(text);
  if (!document.ok()) return 0;
  const std::string once = sideband::canonical_json(*document);
  const auto again = sideband::parse_json(once);
  if (!again.ok() || sideband::canonical_json(*again) != once) std::abort();
  return 0;
}
