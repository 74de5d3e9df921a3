#include "drivers/idle_shelf.h"

#include <atomic>
#include <vector>

#include "base/thread.h"
#include "drivers/pool.h"

namespace sideband {
namespace {

// Says when it is closed.
struct Connection {
  Connection(int its, std::vector<int>& into) : number(its), closed(into) {}
  ~Connection() { closed.push_back(number); }
  const int number;
  std::vector<int>& closed;
};

class IdleShelfTest : public testing::Test {
 protected:
  std::unique_ptr<Connection> made(int number) {
    return std::make_unique<Connection>(number, closed_);
  }
  std::vector<int> closed_;
  std::shared_ptr<IdleShelf> shelf_ = std::make_shared<IdleShelf>(3);
};

TEST_F(IdleShelfTest, TheOneThatWasGivenLongestAgoIsClosedWhoeverItBelongsTo) {
  Pool<Connection> first(shelf_), second(shelf_);
  first.give(made(1));
  first.give(made(2));
  second.give(made(3));
  EXPECT_TRUE(closed_.empty());
  second.give(made(4));
  EXPECT_EQ(closed_, std::vector<int>({1}));
  // One that is taken and given again is the newest.
  auto two = first.take();
  ASSERT_TRUE(two);
  EXPECT_EQ(two->number, 2);
  first.give(std::move(two));
  first.give(made(5));
  EXPECT_EQ(closed_, std::vector<int>({1, 3}));
}

TEST_F(IdleShelfTest, NobodyGetsWhatAnotherGave) {
  Pool<Connection> first(shelf_), second(shelf_);
  first.give(made(1));
  EXPECT_FALSE(second.take());
  EXPECT_TRUE(first.take());
  EXPECT_FALSE(first.take());
}

TEST_F(IdleShelfTest, TheLastGivenIsTakenFirst) {
  Pool<Connection> pool(shelf_);
  for (const int number : {1, 2, 3}) pool.give(made(number));
  for (const int number : {3, 2, 1}) EXPECT_EQ(pool.take()->number, number);
}

TEST_F(IdleShelfTest, ClearAndTheEndOfAnOwnerCloseItsOwnAlone) {
  Pool<Connection> stays(shelf_);
  stays.give(made(1));
  {
    Pool<Connection> goes(shelf_);
    goes.give(made(2));
    stays.clear();
    EXPECT_EQ(closed_, std::vector<int>({1}));
    stays.give(made(3));
  }
  EXPECT_EQ(closed_, std::vector<int>({1, 2}));
  EXPECT_TRUE(stays.take());
}

TEST_F(IdleShelfTest, StaleOnesAreClosedAndNotGivenOut) {
  Pool<Connection> pool(shelf_);
  for (const int number : {1, 2, 3}) pool.give(made(number));
  const auto got = pool.take_fresh([](const Connection& one) { return one.number > 1; });
  ASSERT_TRUE(got);
  EXPECT_EQ(got->number, 1);
  EXPECT_EQ(closed_, std::vector<int>({3, 2}));
}

TEST_F(IdleShelfTest, NoneIsKeptWhereNoneMayBe) {
  Pool<Connection> pool(0);
  pool.give(made(1));
  EXPECT_EQ(closed_, std::vector<int>({1}));
  EXPECT_FALSE(pool.take());
}

TEST(IdleShelfThreads, EachConnectionIsHeldByOneAtATime) {
  struct Held {
    std::atomic<int> by{0};
  };
  const auto shelf = std::make_shared<IdleShelf>(5);
  std::vector<std::unique_ptr<Pool<Held>>> pools;
  for (int i = 0; i < 4; ++i) pools.push_back(std::make_unique<Pool<Held>>(shelf));
  std::atomic<int> shared{0};
  std::vector<Thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back("user", [&, i] {
      for (int round = 0; round < 5'000; ++round) {
        Pool<Held>& pool = *pools[static_cast<std::size_t>((i + round) % 4)];
        auto one = pool.take();
        if (!one) one = std::make_unique<Held>();
        shared += one->by++ == 0 ? 0 : 1;
        --one->by;
        pool.give(std::move(one));
      }
    });
  }
  threads.clear();
  EXPECT_EQ(shared, 0);
}

}  // namespace
}  // namespace sideband
