// Plans of more than one chunk in which some of what was found is held back.
#include <fmt/format.h>

#include "engine_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

// Which of the changes of a big scan rest after an earlier repair.
struct Held {
  const char* name;
  int items;        // that drift
  int first, last;  // of them, those that rest
};

class BigPlanTest : public EngineTest, public ::testing::WithParamInterface<Held> {
 protected:
  static std::string key(int i) { return fmt::format("k{:05}", i); }
  void drift(int first, int last) {
    for (int i = first; i <= last; ++i) actual_.set(key(i), "drifted");
  }
};

TEST_P(BigPlanTest, K11_1_WhatRestsDoesNotBlockTheOthers) {
  const Held& held = GetParam();
  for (int i = 0; i < held.items; ++i) {
    desired_.set(key(i), "good");
    actual_.set(key(i), "good");
  }
  spec_.gates.cooldown = std::chrono::hours(1);
  start();
  drift(held.first, held.last);
  ASSERT_EQ(observe_and_rest().state, RepairState::kConverged);
  drift(0, held.items - 1);
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.result.ok()) << reply.result.error().message;
  const int resting_items = held.last - held.first + 1;
  EXPECT_EQ(reply.sealed.open, held.items);
  if (resting_items == held.items) {
    EXPECT_FALSE(reply.sealed.planned);
    return;
  }
  ASSERT_TRUE(reply.sealed.has_repair);
  const Repair repair = resting(reply.sealed.repair.id);
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(repair.changed, held.items - resting_items);
  for (int i = 0; i < held.items; ++i) {
    const bool rests = held.first <= i && i <= held.last;
    EXPECT_EQ(actual_.content().at(key(i)), rests ? "drifted" : "good") << key(i);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Places, BigPlanTest,
    ::testing::Values(Held{"TheFirst", 1001, 0, 0}, Held{"TheLast", 1001, 1000, 1000},
                      Held{"AllButTheLast", 1001, 0, 999}, Held{"AllButTheFirst", 1001, 1, 1000},
                      Held{"TheFirstChunk", 3100, 0, 999}, Held{"TheSecondChunk", 3100, 1000, 1999},
                      Held{"TwoChunksInside", 4100, 1000, 2999},
                      Held{"TheLastChunk", 2001, 2000, 2000}, Held{"Everything", 2500, 0, 2499}),
    [](const auto& place) { return place.param.name; });

TEST_F(EngineTest, K11_1_MoreThanOneChunkRipens) {
  for (int i = 0; i < 1001; ++i) desired_.set(fmt::format("k{:05}", i), "good");
  spec_.detect.hold = std::chrono::milliseconds(200);
  start();
  const CycleReply first = observe();
  ASSERT_TRUE(first.result.ok()) << first.result.error().message;
  EXPECT_EQ(first.sealed.open, 1001);
  EXPECT_FALSE(first.sealed.planned);
  let_pass(std::chrono::milliseconds(200));
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(actual_.content(), desired_.content());
}

}  // namespace
}  // namespace sideband
