// Messages of PostgreSQL's logical decoding from a server that lies: each begins with its size.
#include <cstdint>

#include "drivers/postgres/replication/pgoutput.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sideband::PgInterest;
  sideband::PgOutput output({{"id"}, {"sku"}}, [](std::uint32_t relation) {
    return sideband::Result<PgInterest>(static_cast<PgInterest>(relation % 4));
  });
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t length = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    (void)output.take(rest.substr(0, length));
    rest.remove_prefix(std::min(length, rest.size()));
    if (output.found().scan()) (void)output.found().take();
  }
  return 0;
}
