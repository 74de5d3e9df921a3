#include "drivers/unique_order.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<UniqueSet> kByPos = {{"pos_key", {"pos"}, "pos"}};

UniqueChange moves(const std::string& from, const std::string& to) {
  return {ChangeOp::kUpdate, {{"pos", from}}, {{"pos", to}}};
}

// Carries the steps out on a set of values that is unique; says what was wrong.
std::string carry_out(const std::vector<UniqueChange>& changes, const UniqueGroup& group,
                      std::set<std::string> values) {
  std::vector<std::string> holds;
  for (const UniqueChange& change : changes) {
    holds.push_back(change.found.contains("pos") ? change.found.at("pos") : "");
  }
  for (const UniqueStep& step : group.steps) {
    for (const std::size_t i : step.changes) {
      values.erase(holds[i]);
      const std::string next = step.parks()                         ? "parked" + std::to_string(i)
                               : changes[i].op == ChangeOp::kDelete ? ""
                                                                    : changes[i].want.at("pos");
      if (!next.empty() && !values.insert(next).second) return "two rows hold " + next;
      holds[i] = next;
    }
  }
  for (const std::size_t i : group.changes) {
    const bool gone = changes[i].op == ChangeOp::kDelete;
    if (holds[i] != (gone ? "" : changes[i].want.at("pos"))) return "not written: " + holds[i];
  }
  return "";
}

TEST(UniqueOrder, WhoIsInNobodysWayIsInNoGroup) {
  EXPECT_THAT(order_by_unique({}, kByPos), IsEmpty());
  EXPECT_THAT(order_by_unique({moves("1", "2"), moves("3", "4")}, kByPos), IsEmpty());
  EXPECT_THAT(order_by_unique({moves("1", "1"), moves("2", "2")}, kByPos), IsEmpty());
  EXPECT_THAT(order_by_unique({moves("1", "2"), moves("2", "3")}, {}), IsEmpty());
  const UniqueChange from_null{ChangeOp::kUpdate, {}, {{"pos", "1"}}};
  const UniqueChange to_null{ChangeOp::kUpdate, {{"pos", "7"}}, {}};
  EXPECT_THAT(order_by_unique({from_null, to_null, to_null}, kByPos), IsEmpty());
}

TEST(UniqueOrder, AChainIsWrittenFromItsEnd) {
  const auto groups = order_by_unique({moves("1", "2"), moves("2", "3"), moves("3", "4")}, kByPos);
  ASSERT_THAT(groups, SizeIs(1));
  ASSERT_THAT(groups[0].steps, SizeIs(3));
  EXPECT_THAT(groups[0].steps[0].changes, ElementsAre(2));
  EXPECT_THAT(groups[0].steps[1].changes, ElementsAre(1));
  EXPECT_THAT(groups[0].steps[2].changes, ElementsAre(0));
}

TEST(UniqueOrder, OneRowOfASwapIsParked) {
  const auto groups = order_by_unique({moves("1", "2"), moves("2", "1")}, kByPos);
  ASSERT_THAT(groups, SizeIs(1));
  ASSERT_THAT(groups[0].steps, SizeIs(3));
  EXPECT_TRUE(groups[0].steps[0].parks());
  EXPECT_FALSE(groups[0].steps[1].parks());
}

TEST(UniqueOrder, ADeletionAndACreationAreLinksToo) {
  const std::vector<UniqueChange> changes = {{ChangeOp::kCreate, {}, {{"pos", "1"}}},
                                             moves("1", "2"),
                                             {ChangeOp::kDelete, {{"pos", "2"}}, {}}};
  const auto groups = order_by_unique(changes, kByPos);
  ASSERT_THAT(groups, SizeIs(1));
  ASSERT_THAT(groups[0].steps, SizeIs(3));
  EXPECT_THAT(groups[0].steps[0].changes, ElementsAre(2));
  EXPECT_THAT(groups[0].steps[2].changes, ElementsAre(0));
  EXPECT_EQ(carry_out(changes, groups[0], {"1", "2"}), "");
}

TEST(UniqueOrder, ACycleWithoutAColumnToParkByIsStuck) {
  const std::vector<UniqueSet> fixed = {{"pos_key", {"pos"}, ""}};
  const auto groups = order_by_unique({moves("1", "2"), moves("2", "1")}, fixed);
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].stuck_on, 0U);
  const auto chain = order_by_unique({moves("1", "2"), moves("2", "3")}, fixed);
  ASSERT_THAT(chain, SizeIs(1));
  EXPECT_EQ(chain[0].stuck_on, UniqueStep::kNoSet) << "a chain needs no parking";
}

TEST(UniqueOrder, ColumnsOfASetCountTogether) {
  const std::vector<UniqueSet> pair = {{"pair", {"shop", "pos"}, "pos"}};
  const auto in = [](const std::string& shop, const std::string& from, const std::string& to) {
    return UniqueChange{
        ChangeOp::kUpdate, {{"shop", shop}, {"pos", from}}, {{"shop", shop}, {"pos", to}}};
  };
  EXPECT_THAT(order_by_unique({in("a", "1", "2"), in("b", "2", "1")}, pair), IsEmpty());
  EXPECT_THAT(order_by_unique({in("a", "1", "2"), in("a", "2", "1")}, pair), SizeIs(1));
}

TEST(UniqueOrder, NullsAreInTheWayWhereTheyCountAsEqual) {
  std::vector<UniqueSet> equal = kByPos;
  equal[0].nulls_differ = false;
  const UniqueChange gets_null{ChangeOp::kUpdate, {{"pos", "1"}}, {}};
  const UniqueChange leaves_null{ChangeOp::kUpdate, {}, {{"pos", "2"}}};
  EXPECT_THAT(order_by_unique({gets_null, leaves_null}, equal), SizeIs(1));
  EXPECT_THAT(order_by_unique({gets_null, leaves_null}, kByPos), IsEmpty());
}

TEST(UniqueOrder, TheProblemNamesRowsAndConstraint) {
  const std::string text = unique_problem({"1", "2", "3", "4", "5", "6", "7"}, "pos_key", "no");
  EXPECT_EQ(text,
            "rows '1', '2', '3', '4', '5' and 2 more hold each other's values of the unique "
            "constraint 'pos_key': no");
}

TEST(UniqueOrder, AnyPermutationComesOut) {
  std::mt19937 random(20'261'130);  // NOLINT: the same ones each time
  for (int round = 0; round < 300; ++round) {
    const int rows = 1 + static_cast<int>(random() % 50);
    std::vector<int> to(static_cast<std::size_t>(rows));
    std::iota(to.begin(), to.end(), 0);
    std::shuffle(to.begin(), to.end(), random);
    std::vector<UniqueChange> changes;
    std::set<std::string> values;
    for (int i = 0; i < rows; ++i) {
      const int target = to[static_cast<std::size_t>(i)];
      // Some go to a value of their own, which opens the cycle that they are in.
      const bool leaves = random() % 10 == 0;
      changes.push_back(moves(std::to_string(i), std::to_string(leaves ? 1000 + i : target)));
      values.insert(std::to_string(i));
    }
    for (const UniqueGroup& group : order_by_unique(changes, kByPos)) {
      ASSERT_EQ(group.stuck_on, UniqueStep::kNoSet);
      std::set<std::string> of_group;
      for (const std::size_t i : group.changes) of_group.insert(changes[i].found.at("pos"));
      ASSERT_EQ(carry_out(changes, group, of_group), "") << round;
    }
  }
}

}  // namespace
}  // namespace sideband
