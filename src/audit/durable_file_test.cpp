#include "audit/durable_file.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>

#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

// Of the whole process, as a full disk is: no file of it may grow beyond.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    SB_CHECK(::setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
};

class DurableFile : public testing::Test {
 protected:
  // Fails, says which call did, and leaves the old content.
  void expect_refused(const std::string& content, const std::string& why) {
    const Result<void> done = write_durably(path_, content);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, ErrorCode::kStorage);
    EXPECT_THAT(done.error().message, HasSubstr(why));
    const auto kept = read_file(path_);
    ASSERT_TRUE(kept.ok());
    EXPECT_EQ(*kept, "old");
  }

  TempDir dir_;
  const std::string path_ = dir_.path("anchor");
};

// Wherever the write is cut, also after a part of it went through.
TEST_F(DurableFile, AWriteThatFindsNoRoomLeavesTheOldFile) {
  const std::string content(300, 'n');
  ASSERT_TRUE(write_durably(path_, "old").ok());
  for (rlim_t room = 0; room < content.size(); ++room) {
    SCOPED_TRACE(room);
    Result<void> done;
    {
      const FileLimit limit(room);
      done = write_durably(path_, content);
    }
    ASSERT_FALSE(done.ok());
    ASSERT_EQ(*read_file(path_), "old");
  }
  ASSERT_TRUE(write_durably(path_, content).ok());
  EXPECT_EQ(*read_file(path_), content);
}

TEST_F(DurableFile, ATemporaryFileThatCannotBeMadeLeavesTheOldFile) {
  ASSERT_TRUE(write_durably(path_, "old").ok());
  std::filesystem::create_directory(path_ + ".new");
  expect_refused("new", "opening " + path_ + ".new");
  std::filesystem::remove(path_ + ".new");
  // What a link there points to is not written to.
  spill(dir_.path("foreign"), "theirs");
  std::filesystem::create_symlink(dir_.path("foreign"), path_ + ".new");
  expect_refused("new", "opening " + path_ + ".new");
  EXPECT_EQ(slurp(dir_.path("foreign")), "theirs");
}

TEST_F(DurableFile, WhatCannotBeRenamedIsSaid) {
  std::filesystem::create_directories(path_ + "/inside");
  const Result<void> done = write_durably(path_, "new");
  ASSERT_FALSE(done.ok());
  EXPECT_THAT(done.error().message, HasSubstr("renaming"));
}

}  // namespace
}  // namespace sideband
