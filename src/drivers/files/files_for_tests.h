// A folder with files, and a collection of it: what tests of this driver begin with.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "drivers/files/collection.h"
#include "support/temp_dir.h"

namespace sideband {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
  FilesOptions options(const std::vector<std::string>& patterns) {
    return {std::move(Root::note(dir_.path())).value(),
            std::move(GlobSet::parse(patterns)).value(),
            true,
            {}};
  }
  FilesCollection collection(const std::vector<std::string>& patterns) {
    return {options(patterns), context_};
  }
  std::vector<std::string> keys(const std::vector<std::string>& patterns, std::size_t page = 3) {
    FilesCollection files(options(patterns), context_);
    std::vector<std::string> out;
    ScanRequest request;
    request.max_items = page;
    for (;;) {
      const auto got = files.scan(request);
      EXPECT_TRUE(got.ok()) << got.error().message;
      for (const Item& item : got->items) out.push_back(item.key);
      if (got->last) return out;
      request.cursor = got->cursor;
    }
  }
  ChangeOutcome apply(const Change& change, FilesOptions with) {
    FilesCollection files(std::move(with), context_);
    const auto outcomes = files.apply({Uuid(), 1, {change}, std::chrono::seconds(30)});
    EXPECT_TRUE(outcomes.ok());
    return outcomes->at(0);
  }
  [[nodiscard]] int temps() const {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(dir_.path())) {
      count += is_temp_name(entry.path().filename().string()) ? 1 : 0;
    }
    return count;
  }
  static Change update(const std::string& key, const std::string& found, const std::string& want) {
    return {key, ChangeOp::kUpdate, State::of_bytes(found), State::of_bytes(want)};
  }

  SystemClock clock_;
  SystemRandom random_;
  TempDir dir_;
  DriverContext context_{clock_, random_};
};

}  // namespace sideband
