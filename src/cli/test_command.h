// `sideband test`: the decisions of a configuration, tested like code.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "config/field_table.h"

namespace sideband::cli {

struct TestArguments {
  std::vector<std::string> paths;  // files, or folders of *.yaml and *.yml
  std::string only;                // tests whose name has this in it; empty: all
  bool json = false;
};

// Carries out the tests in the order of their files. kOk when all passed, kDrift when one failed;
// kUsage when a file is wrong, or no test is there, before any is carried out.
int test_command(const TestArguments& arguments, const std::vector<config::DriverFields>& drivers,
                 std::ostream& out, std::ostream& err);

}  // namespace sideband::cli
