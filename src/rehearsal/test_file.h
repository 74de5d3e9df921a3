// Reading files of tests, with the configuration that they are about. Blocks on the disk.
#pragma once

#include <string>
#include <vector>

#include "rehearsal/test_case.h"
#include "settings/compile.h"

namespace sideband::sim {

// A test with what it is about, compiled as of its start.
struct LoadedTest {
  TestCase test;
  Settings settings;
};

struct TestFile {
  std::vector<LoadedTest> tests;
  std::string messages;  // errors, as those of a configuration are shown
  bool ok = false;       // no errors; else no test is to be run
  bool none = false;     // no document of it is a test, which may be right
};

// kNotFound and others: the file cannot be read.
Result<TestFile> load_test_file(const std::string& path,
                                const std::vector<config::DriverFields>& drivers);

}  // namespace sideband::sim
