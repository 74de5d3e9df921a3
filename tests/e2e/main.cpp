// All end-to-end tests, or those of one source:
//   e2e_test [GOOGLETEST OPTIONS] [SOURCE]     e.g. e2e_test status_test.cpp
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>

namespace {

namespace fs = std::filesystem;

// A filter that names each test of this source; empty if there is none.
std::string filter_of(const fs::path& source) {
  std::string filter;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      if (fs::path(test.file()).filename() != source) continue;
      filter += std::string(filter.empty() ? "" : ":") + suite.name() + "." + test.name();
    }
  }
  return filter;
}

// Results of one source go into a file of its name: GoogleTest would name it by the executable. It
// takes the name when it is initialized.
void name_results(const fs::path& source) {
  const std::string output = GTEST_FLAG_GET(output);
  if (output.empty() || output.back() != '/') return;
  GTEST_FLAG_SET(output, output + "e2e_" + source.stem().string() + ".json");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && argv[argc - 1][0] != '-') name_results(argv[argc - 1]);
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) {
    const std::string filter = filter_of(argv[1]);
    if (filter.empty()) {
      std::fprintf(stderr, "e2e_test: no tests in %s\n", argv[1]);
      return 2;
    }
    GTEST_FLAG_SET(filter, filter);
  }
  return RUN_ALL_TESTS();
}
