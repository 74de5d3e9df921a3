// The simulation under sanitizers: few worlds, and that the tool itself can be trusted.
#include <gtest/gtest.h>

#include "simulation/campaign.h"
#include "support/temp_dir.h"

namespace sideband::sim {
namespace {

Campaign short_campaign() {
  Campaign campaign;
  campaign.faulty = std::chrono::minutes(20);
  return campaign;
}

TEST(Simulation, WorldsKeepTheirPromises) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const WorldResult result = run_seed(seed, short_campaign(), false);
    EXPECT_EQ(result.violation, "") << "seed " << seed;
    EXPECT_GT(result.writes, 0);
  }
}

TEST(Simulation, TheSameSeedIsTheSameWorld) {
  const WorldResult once = run_seed(3, short_campaign(), false);
  const WorldResult again = run_seed(3, short_campaign(), false);
  EXPECT_EQ(once.fingerprint, again.fingerprint);
  EXPECT_NE(once.fingerprint, run_seed(4, short_campaign(), false).fingerprint);
}

TEST(Simulation, APlantedBugIsFound) {
  Campaign campaign = short_campaign();
  campaign.bug = Bug::kUnrecordedIntent;
  EXPECT_TRUE(run_seed(1, campaign, false).violation.starts_with("P-3"));
}

TEST(Simulation, ACampaignGoesOnWhereItStopped) {
  const TempDir dir;
  Campaign campaign = short_campaign();
  campaign.lines = dir.path("lines");
  campaign.seeds = 2;
  EXPECT_EQ(run_campaign(campaign).seeds, 2);
  // A line cut short by a kill counts for nothing.
  spill(campaign.lines, slurp(campaign.lines) + "{\"seed\": 3, \"viol\n");
  const std::string before = slurp(campaign.lines);
  campaign.seeds = 3;
  EXPECT_EQ(run_campaign(campaign).seeds, 3);
  EXPECT_TRUE(slurp(campaign.lines).starts_with(before));
}

TEST(Simulation, TimePassesInOrderAndNested) {
  Scheduler scheduler(1);
  std::string seen;
  scheduler.at(Duration(30), [&] { seen += "c"; });
  scheduler.at(Duration(10), [&] {
    seen += "a";
    scheduler.yield(Duration(15));
    seen += "d";
  });
  scheduler.at(Duration(20), [&] { seen += "b"; });
  scheduler.run_until(scheduler.now() + Duration(100));
  EXPECT_EQ(seen, "abdc");
}

TEST(Simulation, TheDeadDoNothing) {
  Scheduler scheduler(1);
  Process process(scheduler, "n0");
  std::string seen;
  process.post(Duration(10), [&] {
    process.block(Duration(100));
    seen += "survived";
  });
  process.post(Duration(200), [&] { seen += "late"; });
  scheduler.at(Duration(50), [&] { process.kill(); });
  scheduler.run_until(scheduler.now() + Duration(1000));
  EXPECT_EQ(seen, "");
}

TEST(Simulation, TheFrozenGoOnAfterwards) {
  Scheduler scheduler(1);
  Process process(scheduler, "n0");
  MonoTime ran;
  process.freeze(Duration(500));
  process.post(Duration(10), [&] { ran = scheduler.now(); });
  const MonoTime begun = scheduler.now();
  scheduler.run_until(begun + Duration(1000));
  EXPECT_EQ(ran, begun + Duration(500));
}

TEST(Simulation, RecordsAreReadWithoutTheirWriter) {
  const Leaf leaf(R"({"actor":"ann","changes":12,"kind":"decide","undo":true})");
  EXPECT_EQ(leaf.text("actor"), "ann");
  EXPECT_EQ(leaf.number("changes"), 12);
  EXPECT_TRUE(leaf.has("undo"));
  EXPECT_EQ(leaf.text("none"), "");
  EXPECT_EQ(leaf.number("none"), 0);
}

}  // namespace
}  // namespace sideband::sim
