// What check_canonical accepts must be valid UTF-8 JSON that our rules can read.
#include <cstdint>

#include "audit/verify/rules.h"
#include "base/jcs_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)sideband::check_canonical(text);
  sideband::RecordRules rules;
  (void)rules.take(text);
  return 0;
}
