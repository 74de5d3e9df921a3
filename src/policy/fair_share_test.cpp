#include "policy/fair_share.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace sideband {
namespace {

constexpr std::int64_t kPlenty = 100'000;

QueuedFlow flow(const std::string& name, const std::string& owner, std::int64_t share = 1,
                Priority priority = Priority::kNormal) {
  return {name, owner, share, weight_of(priority), kPlenty};
}

const QueuedFlow& find(const std::vector<QueuedFlow>& flows, const std::string& name) {
  return *std::find_if(flows.begin(), flows.end(),
                       [&](const QueuedFlow& one) { return one.name == name; });
}

// Who gets the next single place; it is charged for it.
std::string next(FairShare& queue, const std::vector<QueuedFlow>& flows) {
  const auto turns = queue.divide(flows, 1);
  if (turns.empty()) return "";
  queue.began(find(flows, turns.front().name));
  return turns.front().name;
}

std::map<std::string, int> serve(FairShare& queue, const std::vector<QueuedFlow>& flows,
                                 int places) {
  std::map<std::string, int> got;
  for (int i = 0; i < places; ++i) ++got[next(queue, flows)];
  return got;
}

TEST(FairShare, OneWhoComesNewWaitsForOneStartOfEachOther) {
  FairShare queue;
  const QueuedFlow a = flow("a", "team-a");
  const QueuedFlow b = flow("b", "team-b");
  serve(queue, {a}, 100'000);
  serve(queue, {a, b}, 1000);
  const QueuedFlow fresh = flow("c", "team-c");
  const std::vector<QueuedFlow> all = {a, b, fresh};
  int waited = 0;
  while (next(queue, all) != "c") ++waited;
  EXPECT_LE(waited, 2);
}

TEST(FairShare, HavingHadNothingToDoGivesNoCredit) {
  FairShare queue;
  const std::vector<QueuedFlow> both = {flow("a", "team-a"), flow("b", "team-b")};
  serve(queue, {both[0]}, 5000);
  const auto got = serve(queue, both, 100);
  EXPECT_EQ(got.at("a"), 50);
  EXPECT_EQ(got.at("b"), 50);
}

TEST(FairShare, ManyReconcilersOfOneOwnerShareItsPlaces) {
  FairShare queue;
  std::vector<QueuedFlow> flows = {flow("lone", "team-b")};
  for (int i = 0; i < 9; ++i) flows.push_back(flow("a" + std::to_string(i), "team-a"));
  const auto got = serve(queue, flows, 180);
  EXPECT_EQ(got.at("lone"), 90);
  EXPECT_EQ(got.at("a4"), 10);
}

TEST(FairShare, SharesOfOwnersAreKept) {
  FairShare queue;
  const auto got = serve(queue, {flow("a", "team-a", 3), flow("b", "team-b", 1)}, 400);
  EXPECT_EQ(got.at("a"), 300);
  EXPECT_EQ(got.at("b"), 100);
}

TEST(FairShare, HighPriorityGoesFirstAndLowIsNotStarved) {
  FairShare queue;
  const std::vector<QueuedFlow> flows = {flow("low", "t", 1, Priority::kLow),
                                         flow("normal", "t", 1, Priority::kNormal),
                                         flow("high", "t", 1, Priority::kHigh)};
  EXPECT_EQ(next(queue, flows), "high");
  const auto got = serve(queue, flows, 21 * 10);
  EXPECT_NEAR(got.at("low"), 10, 1);
  EXPECT_NEAR(got.at("normal"), 40, 1);
  EXPECT_NEAR(got.at("high"), 160, 1);
}

TEST(FairShare, ABatchIsWhatSinglePlacesWouldGive) {
  FairShare queue;
  const std::vector<QueuedFlow> flows = {flow("a", "x", 2), flow("b", "x", 2, Priority::kHigh),
                                         flow("c", "y")};
  const auto turns = queue.divide(flows, 64);
  const auto got = serve(queue, flows, 64);
  for (const auto& turn : turns) EXPECT_EQ(turn.places, got.at(turn.name)) << turn.name;
}

TEST(FairShare, WhoHasNoRoomTakesNoPlace) {
  const FairShare queue;
  std::vector<QueuedFlow> flows = {flow("a", "x"), flow("b", "y")};
  flows[0].room = 0;
  flows[1].room = 2;
  const auto turns = queue.divide(flows, 10);
  ASSERT_EQ(turns.size(), 1U);
  EXPECT_EQ(turns[0].name, "b");
  EXPECT_EQ(turns[0].places, 2);
}

// Any world of owners, shares and priorities, whoever comes and goes: while two owners both have
// something to do, what they get differs by no more than one start of each.
TEST(FairShare, NoOwnerFallsBehindByMoreThanOneStart) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandom random(seed);
    const auto draw = [&](std::int64_t n) {
      return static_cast<std::int64_t>(random.fraction() * static_cast<double>(n));
    };
    std::vector<QueuedFlow> flows;
    std::map<std::string, std::int64_t> shares;
    for (std::int64_t i = 0, n = 2 + draw(8); i < n; ++i) {
      const std::string owner = "o" + std::to_string(draw(4));
      if (!shares.contains(owner)) shares[owner] = 1 + draw(4);
      flows.push_back(
          flow("f" + std::to_string(i), owner, shares[owner], static_cast<Priority>(draw(3))));
    }
    FairShare queue;
    serve(queue, {flows[0]}, static_cast<int>(draw(1000)));
    std::map<std::string, double> service;
    for (int i = 0; i < 500; ++i) {
      const std::string& owner = find(flows, next(queue, flows)).owner;
      service[owner] += 1.0 / static_cast<double>(shares[owner]);
      for (const auto& [a, share_a] : shares) {
        for (const auto& [b, share_b] : shares) {
          const double most =
              1.0 / static_cast<double>(share_a) + 1.0 / static_cast<double>(share_b);
          ASSERT_LE(service[a] - service[b], most + 1e-6) << "seed " << seed;
        }
      }
    }
  }
}

}  // namespace
}  // namespace sideband
