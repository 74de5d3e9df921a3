// Tables in pages that are made from the code.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "support/temp_dir.h"

namespace sideband {

inline constexpr std::string_view kDocTableEnd = "<!-- end -->\n";

// The page has this table between the line `mark` and kDocTableEnd; or gets it, with
// SIDEBAND_WRITE_PAGES=1.
inline void expect_doc_table(const std::string& path, const std::string& table,
                             std::string_view mark) {
  std::string page = slurp(path);
  const std::size_t begin = page.find(mark);
  const std::size_t end = page.find(kDocTableEnd);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
      << path << " is missing, or has no \"" << mark << kDocTableEnd << "\" for its table";
  const std::size_t from = begin + mark.size();
  if (std::getenv("SIDEBAND_WRITE_PAGES") != nullptr) {
    spill(path, page.replace(from, end - from, table));
    page = slurp(path);
  }
  EXPECT_EQ(page.substr(from, page.find(kDocTableEnd) - from), table)
      << path << ": write it again: this test with SIDEBAND_WRITE_PAGES=1";
}

}  // namespace sideband
