// Files that somebody writes, or wrote a moment ago: not believed, and never overwritten.
#include "drivers/files/settling.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

#include "base/thread.h"
#include "drivers/files/driver.h"
#include "drivers/files/feed.h"
#include "drivers/files/files_for_tests.h"

namespace sideband {
namespace {

constexpr uid_t kStranger = 65534;

class SettlingTest : public FilesTest {
 protected:
  void SetUp() override {
    spill(file(), "old");
    if (writers_of(reading().get()) == Writers::kNotTold) {
      GTEST_SKIP() << "SKIPPED: the file system of " << dir_.path() << " has no leases";
    }
  }
  [[nodiscard]] std::string file() const { return dir_.path("f"); }
  [[nodiscard]] Fd reading() const { return Fd(open(file().c_str(), O_RDONLY | O_CLOEXEC)); }
  [[nodiscard]] Fd writing(int flags = O_WRONLY) const {
    return Fd(open(file().c_str(), flags | O_CLOEXEC));
  }
  State found(FilesOptions with) {
    FilesCollection files(std::move(with), context_);
    return files.read({"f"}, std::chrono::seconds(5))->at(0).state;
  }
  FilesOptions settled_after(Duration settle) {
    FilesOptions with = options({"*"});
    with.swap.settling = Settling(settle, own_);
    return with;
  }
  // Of the content and of the inode, seconds from now.
  void set_age(double seconds) const {
    const auto at = clock_.wall().time_since_epoch() -
                    std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6));
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(at).count();
    const timespec time{us / 1'000'000, us % 1'000'000 * 1000};
    const timespec times[] = {time, time};
    ASSERT_EQ(utimensat(AT_FDCWD, file().c_str(), times, 0), 0);
  }
  static void write_to(const Fd& fd, const std::string& text) {
    ASSERT_EQ(pwrite(fd.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }

  std::shared_ptr<OwnWrites> own_ = std::make_shared<OwnWrites>();
};

TEST_F(SettlingTest, TheKernelTellsWhoWrites) {
  EXPECT_EQ(writers_of(reading().get()), Writers::kNone);
  {
    const Fd another = reading();
    EXPECT_EQ(writers_of(reading().get()), Writers::kNone);
  }
  for (const int flags : {O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_WRONLY | O_NONBLOCK}) {
    {
      const Fd writer = writing(flags);
      EXPECT_EQ(writers_of(reading().get()), Writers::kSome) << flags;
    }
    EXPECT_EQ(writers_of(reading().get()), Writers::kNone) << flags;
  }
}

TEST_F(SettlingTest, AMappingIsAWriterToo) {
  void* mapped = nullptr;
  {
    const Fd writer = writing(O_RDWR);
    mapped = mmap(nullptr, 3, PROT_READ | PROT_WRITE, MAP_SHARED, writer.get(), 0);
  }
  ASSERT_NE(mapped, MAP_FAILED);
  EXPECT_EQ(writers_of(reading().get()), Writers::kSome);
  ASSERT_EQ(munmap(mapped, 3), 0);
  EXPECT_EQ(writers_of(reading().get()), Writers::kNone);
}

// A lease that is broken sends a signal, which would end this process.
TEST_F(SettlingTest, AskingHarmsNeitherUsNorWhoOpens) {
  std::atomic<bool> stop = false;
  std::atomic<int> opened = 0;
  Thread writer("writer", [&] {
    while (!stop) opened += writing().valid() ? 1 : 0;
  });
  for (int i = 0; i < 20'000 || opened < 100; ++i) (void)writers_of(reading().get());
  stop = true;
  writer.join();
  EXPECT_GE(opened, 100);
}

TEST_F(SettlingTest, AFileThatIsOpenForWritingIsUnknown) {
  {
    const Fd writer = writing();
    const State state = found(options({"*"}));
    EXPECT_FALSE(state.known());
    EXPECT_EQ(state.why, "is open for writing");
  }
  EXPECT_EQ(found(options({"*"})).bytes, "old") << "at once, without a rest";
}

// Whoever has it open, and whenever: what is written to it is in the file that stays.
TEST_F(SettlingTest, AFileThatIsOpenForWritingIsNeverReplaced) {
  const Change change = update("f", "old", "new");
  const Change erase{"f", ChangeOp::kDelete, State::of_bytes("old"), State::absent()};
  for (const Change& one : {change, erase}) {
    for (const char* when : {"before", "staged", "asked", "moved_away"}) {
      const bool reached = std::string(when) == "before" ||
                           (one.op == ChangeOp::kDelete) == (std::string(when) == "moved_away");
      if (!reached) continue;
      SCOPED_TRACE(std::string(change_op_name(one.op)) + " " + when);
      spill(file(), "old");
      Fd writer;
      FilesOptions with = options({"*"});
      const Fd before = reading();
      if (std::string(when) == "before") writer = writing();
      with.swap.at = [&](std::string_view point) {
        if (point == when)
          writer = Fd(open(("/proc/self/fd/" + std::to_string(before.get())).c_str(), O_WRONLY));
      };
      const ChangeOutcome outcome = apply(one, std::move(with));
      EXPECT_EQ(outcome.outcome, Outcome::kRefused);
      EXPECT_EQ(outcome.detail, "the file is open for writing");
      ASSERT_TRUE(writer.valid());
      write_to(writer, "theirs");
      EXPECT_EQ(slurp(file()), "theirs");
      EXPECT_EQ(temps(), 0);
    }
  }
}

TEST_F(SettlingTest, WithoutAnExchangeItIsAskedToo) {
  Fd writer;
  FilesOptions with = options({"*"});
  with.swap.exchange = false;
  with.swap.at = [&](std::string_view point) {
    if (point == "staged") writer = writing();
  };
  EXPECT_EQ(apply(update("f", "old", "new"), std::move(with)).outcome, Outcome::kRefused);
  EXPECT_EQ(slurp(file()), "old");
}

TEST_F(SettlingTest, WhatWasJustWrittenHasToRest) {
  const struct {
    double age;    // of the content, in seconds
    double later;  // how long after now it is looked at
    bool believed;
  } cases[] = {
      {0, 0, false},
      {0.5, 0, false},
      {0.9, 0, false},
      {1.1, 0, true},
      {60, 0, true},
      {1e6, 0, true},
      {0, 0.5, false},
      {0, 1.1, true},
      {0.5, 0.6, true},
      {-0.5, 0, false},
      {-0.5, 1, false},
      {-0.5, 1.6, true},
      // In the future: the inode changed just now, and nothing is to be waited for after that.
      {-3600, 0, false},
      {-3600, 1.1, true},
      {-1e6, 1.1, true},
  };
  for (const auto& one : cases) {
    set_age(one.age);
    const WallTime at =
        clock_.wall() + std::chrono::microseconds(static_cast<std::int64_t>(one.later * 1e6));
    const Settling settling(std::chrono::seconds(1), own_);
    const std::string doubt = settling.doubt(reading().get(), at);
    EXPECT_EQ(doubt, one.believed ? "" : "was written less than 1s ago")
        << one.age << " " << one.later;
    EXPECT_EQ(Settling().doubt(reading().get(), at), "") << "the kernel tells that nobody writes";
  }
}

// Where a clock was set back, everything is in the future for good.
TEST_F(SettlingTest, AClockThatWasSetBackStopsNothing) {
  const Settling settling(std::chrono::seconds(1), own_);
  EXPECT_EQ(settling.doubt(reading().get(), clock_.wall() - std::chrono::hours(1)), "");
}

TEST_F(SettlingTest, WhoIsNotToldWaitsAMoment) {
  if (geteuid() != 0) GTEST_SKIP() << "SKIPPED: only root can be another user";
  ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
  const Fd fd = reading();
  ASSERT_EQ(seteuid(kStranger), 0);
  const Writers writers = writers_of(fd.get());
  const std::string now = Settling().doubt(fd.get(), clock_.wall());
  const std::string later = Settling().doubt(fd.get(), clock_.wall() + std::chrono::seconds(2));
  const Duration wait = Settling().wait(fd.get());
  ASSERT_EQ(seteuid(0), 0);
  EXPECT_EQ(writers, Writers::kNotTold);
  EXPECT_EQ(now, "was written less than 1s ago");
  EXPECT_EQ(later, "");
  EXPECT_EQ(wait, Settling::kDefault);
  EXPECT_EQ(Settling().wait(fd.get()), Duration(0));
}

TEST_F(SettlingTest, OwnWritesNeedNoRest) {
  const Duration hour = std::chrono::hours(1);
  EXPECT_EQ(apply(update("f", "old", "new"), settled_after(hour)).outcome, Outcome::kRefused);
  own_->add(reading().get(), clock_.wall());
  const Change change = update("f", "old", "new");
  ASSERT_EQ(apply(change, settled_after(hour)).outcome, Outcome::kChanged);
  EXPECT_EQ(found(settled_after(hour)).bytes, "new") << "another collection knows it too";
  ASSERT_EQ(apply(reversed(change), settled_after(hour)).outcome, Outcome::kChanged);
  EXPECT_EQ(found(settled_after(hour)).bytes, "old");
  spill(file(), "theirs");
  EXPECT_EQ(found(settled_after(hour)).why, "was written less than 1h ago");
}

TEST_F(SettlingTest, ADriversCollectionsShareWhatItWrote) {
  FilesDriver driver(context_);
  TargetSettings target;
  target.name = "here";
  target.connect = {{"root", dir_.path()}};
  CollectionSettings side;
  side.options = {{"files", "*"}, {"settle", "1h"}};
  const auto one = driver.open(target, side, Role::kActual);
  const auto another = driver.open(target, side, Role::kActual);
  ASSERT_TRUE(one.ok() && another.ok());
  const Change create{"new", ChangeOp::kCreate, State::absent(), State::of_bytes("n")};
  const auto outcomes = (*one)->apply({Uuid(), 1, {create}, std::chrono::seconds(5)});
  ASSERT_EQ(outcomes->at(0).outcome, Outcome::kChanged);
  EXPECT_EQ((*another)->read({"new"}, std::chrono::seconds(5))->at(0).state.bytes, "n");
}

// What was not believed at first is told once more, and nothing else is.
TEST_F(SettlingTest, AFeedTellsAgainOfWhatHadToRest) {
  const auto feed_of = [&](const Settling& settling) {
    return std::move(FilesFeed::open(dir_.path(), *GlobSet::parse({"*"}), clock_, settling))
        .value();
  };
  const std::vector<std::string> keys = {"f"};
  const auto resting = feed_of(Settling(std::chrono::milliseconds(50), own_));
  const auto plain = feed_of(Settling());
  spill(file(), "1");
  EXPECT_EQ(resting->wait(std::chrono::seconds(10))->keys, keys);
  EXPECT_EQ(resting->wait(std::chrono::seconds(10))->keys, keys);
  EXPECT_EQ(plain->wait(std::chrono::seconds(10))->keys, keys);
  EXPECT_FALSE(plain->wait(std::chrono::milliseconds(200))->any);
  EXPECT_FALSE(resting->wait(std::chrono::milliseconds(200))->any);
}

}  // namespace
}  // namespace sideband
