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

// A value in a statement's text could become SQL; statements have parameters for values.
TEST(ConfigReference, NothingIsFilledIntoStatements) {
  for (const config::DriverFields& driver : all_driver_fields()) {
    if (driver.name == "http") continue;  // its query is of a URL
    for (const config::Field& field : driver.operation) {
      const bool statement =
          field.key.starts_with("statement") || field.key == "query" || field.key == "sql";
      EXPECT_TRUE(!statement || field.literal) << driver.name << " " << field.key;
    }
  }
}

}  // namespace
}  // namespace sideband
