#include "engine/runtime/blocking_calls.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace sideband {
namespace {

TEST(BlockingCalls, RunBesideEachOther) {
  BlockingCalls calls;
  // Each waits for all others: one after the other they would never end.
  std::latch all(BlockingCalls::kMaxThreads);
  for (std::size_t i = 0; i < BlockingCalls::kMaxThreads; ++i) {
    ASSERT_TRUE(calls.add([&all] { all.arrive_and_wait(); }));
  }
  calls.stop();
}

TEST(BlockingCalls, MoreThanThereAreThreadsWaitForTheirTurn) {
  std::atomic<int> made = 0;
  BlockingCalls calls;
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(calls.add([&made] { ++made; }));
  calls.stop();
  EXPECT_EQ(made, 500);
}

TEST(BlockingCalls, NoneIsMadeOnceItWasStopped) {
  BlockingCalls calls;
  calls.stop();
  EXPECT_FALSE(calls.add([] { FAIL(); }));
  calls.stop();
}

TEST(BlockingCalls, ACallMayAddAnother) {
  std::latch second(1);
  BlockingCalls calls;
  ASSERT_TRUE(calls.add([&] { EXPECT_TRUE(calls.add([&second] { second.count_down(); })); }));
  second.wait();
}

}  // namespace
}  // namespace sideband
