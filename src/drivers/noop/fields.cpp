#include "drivers/driver_fields.h"

namespace sideband {

config::DriverFields noop_fields() {
  using enum config::FieldType;
  const config::Fields options = {{.key = "items",
                                   .type = kCount,
                                   .doc = "How many items there are, with the keys from 1.",
                                   .fallback = "1000"}};
  return {
      .name = "noop",
      .doc = "Items that exist only in memory, for benchmarks and dry tests.",
      .desired = options,
      .actual = options,
  };
}

}  // namespace sideband
