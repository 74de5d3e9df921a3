// The reference page of the configuration is made from the same tables that check it.
#include <gtest/gtest.h>

#include "cli/config_commands.h"
#include "drivers/registry.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

TEST(ConfigReference, PageIsTheOneThatTheBinaryPrints) {
  EXPECT_EQ(slurp(SIDEBAND_SOURCE "/docs/config.md"), cli::config_reference(all_driver_fields()))
      << "write it again: sideband schema --reference > docs/config.md";
}

}  // namespace
}  // namespace sideband
