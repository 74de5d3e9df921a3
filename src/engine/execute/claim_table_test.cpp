#include "engine/execute/claim_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace sideband {
namespace {

using ::testing::ElementsAreArray;

struct Row {
  const char* what;
  ClaimView view;
  ClaimStage stage;
  std::vector<ClaimQuestion> asked;
};

std::vector<Row> rows() {
  using enum ClaimQuestion;
  return {
      {"queued", {.begun = false}, ClaimStage::kNew, {kSealed, kGates, kPlace, kLock}},
      {"waited after it began", {.begun = true}, ClaimStage::kRunning, {kGates, kLock, kPlace}},
      {"looks at what it did",
       {.state = RepairState::kValidating, .begun = true},
       ClaimStage::kValidating,
       {}},
      {"takes back",
       {.state = RepairState::kCompensating, .begun = true},
       ClaimStage::kTakingBack,
       {kLock}},
      {"told to end", {.begun = true, .cancelled = true}, ClaimStage::kCancelled, {}},
      {"died too often", {.begun = true, .poisoned = true}, ClaimStage::kPoisoned, {}},
      {"died too often, and told to end",
       {.begun = true, .cancelled = true, .poisoned = true},
       ClaimStage::kPoisoned,
       {}},
      {"died too often before it began", {.poisoned = true}, ClaimStage::kPoisoned, {}},
      {"died too often while it took back",
       {.state = RepairState::kCompensating, .begun = true, .poisoned = true},
       ClaimStage::kPoisoned,
       {}},
  };
}

TEST(ClaimTable, SaysWhatIsAskedInEachStage) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(claim_stage(row.view), row.stage);
    EXPECT_THAT(claim_questions(row.stage), ElementsAreArray(row.asked));
  }
}

// Whoever acts has the lock; whoever only looks or ends takes nothing from others.
TEST(ClaimTable, NothingThatActsGoesWithoutTheLock) {
  for (const ClaimStage stage : {ClaimStage::kNew, ClaimStage::kRunning, ClaimStage::kTakingBack}) {
    EXPECT_THAT(claim_questions(stage), ::testing::Contains(ClaimQuestion::kLock));
  }
  for (const ClaimStage stage :
       {ClaimStage::kValidating, ClaimStage::kCancelled, ClaimStage::kPoisoned}) {
    EXPECT_TRUE(claim_questions(stage).empty());
  }
}

// What is held back by the first questions has taken no lock that it would have to give back.
TEST(ClaimTable, ANewOneTakesItsLockLast) {
  EXPECT_EQ(claim_questions(ClaimStage::kNew).back(), ClaimQuestion::kLock);
}

TEST(ClaimTable, AnswersSayHowAClaimEnds) {
  EXPECT_TRUE(ClaimAnswer::go().goes());
  EXPECT_EQ(ClaimAnswer::wait("x").outcome, ClaimOutcome::kWait);
  EXPECT_EQ(ClaimAnswer::needs_human("x").end, RepairState::kNeedsHuman);
  EXPECT_EQ(ClaimAnswer::superseded("x").end, RepairState::kSuperseded);
}

}  // namespace
}  // namespace sideband
