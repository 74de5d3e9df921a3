// How threads are scheduled, as the system tells it of each.
#include "base/thread.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iterator>
#include <vector>

namespace sideband {
namespace {

struct Scheduling {
  int policy = 0;
  int nice = 0;
  bool operator==(const Scheduling&) const = default;
};

Scheduling scheduling() {
  return {sched_getscheduler(0), getpriority(PRIO_PROCESS, 0)};
}

Scheduling of_thread(ThreadPriority priority) {
  Scheduling seen;
  Thread(
      "other", [&] { seen = scheduling(); }, priority)
      .join();
  return seen;
}

class ThreadPriorities : public testing::Test {
 protected:
  const Scheduling ours_ = scheduling();
  // What a normal process sees; one that was itself started lower stays where it is.
  const Scheduling background_{ours_.policy == SCHED_OTHER ? SCHED_BATCH : ours_.policy,
                               std::max(ours_.nice, 10)};
};

std::ptrdiff_t threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

// Whoever forks without exec must be alone.
TEST_F(ThreadPriorities, LeaveNoThreadBehind) {
  const auto before = threads();
  for (int i = 0; i < 20; ++i) {
    Thread one(
        "one", [] {}, ThreadPriority::kBackground);
    Thread other(
        "other", [] {}, ThreadPriority::kBackground);
  }
  EXPECT_EQ(threads(), before);
}

TEST_F(ThreadPriorities, AreWhatWasAskedForWhoeverStarts) {
  EXPECT_EQ(of_thread(ThreadPriority::kNormal), ours_);
  EXPECT_EQ(of_thread(ThreadPriority::kOfStarter), ours_);
  EXPECT_EQ(of_thread(ThreadPriority::kBackground), background_);
  Scheduling normal, same, lower;
  Thread(
      "lower",
      [&] {
        normal = of_thread(ThreadPriority::kNormal);
        same = of_thread(ThreadPriority::kOfStarter);
        lower = of_thread(ThreadPriority::kBackground);
      },
      ThreadPriority::kBackground)
      .join();
  EXPECT_EQ(normal, ours_);
  EXPECT_EQ(same, background_);
  EXPECT_EQ(lower, background_);
  EXPECT_EQ(scheduling(), ours_) << "nobody else is touched";
}

TEST_F(ThreadPriorities, ACallIsMadeAtNormalPriorityFromEverywhere) {
  Scheduling here;
  at_normal_priority([&] { here = scheduling(); });
  EXPECT_EQ(here, ours_);
  std::vector<Thread> callers;
  std::atomic<int> made{0}, wrong{0};
  for (int t = 0; t < 8; ++t) {
    callers.emplace_back(
        "caller",
        [&] {
          for (int i = 0; i < 200; ++i) {
            at_normal_priority([&] {
              ++made;
              if (scheduling() != ours_) ++wrong;
            });
          }
        },
        ThreadPriority::kBackground);
  }
  callers.clear();
  EXPECT_EQ(made, 1600);
  EXPECT_EQ(wrong, 0);
}

// What it forks is a program of somebody's, which must not stay low for ever.
TEST_F(ThreadPriorities, AForkMadeSoIsNormal) {
  int status = -1;
  Thread(
      "lower",
      [&] {
        pid_t child = -1;
        at_normal_priority([&] {
          child = ::fork();
          if (child == 0) ::_exit(getpriority(PRIO_PROCESS, 0) == ours_.nice ? 0 : 1);
        });
        ::waitpid(child, &status, 0);
      },
      ThreadPriority::kBackground)
      .join();
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace sideband
