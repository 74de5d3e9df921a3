// The simulation under sanitizers: few worlds, and that the tool itself can be trusted.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

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

// But those of channels, which change nothing anywhere and are killed by the built binary.
TEST(Simulation, EveryCrashPointIsCounted) {
  std::set<std::string> found;
  const std::regex point("crash_point\\(\"(\\w+)\"\\)");
  for (const char* folder : {"/src/engine", "/src/audit"}) {
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(std::string(SIDEBAND_SOURCE_DIR) + folder)) {
      const bool channels = file.path().string().find("/notify/") != std::string::npos;
      if (channels || !file.is_regular_file()) continue;
      const std::string text = slurp(file.path());
      for (std::sregex_iterator it(text.begin(), text.end(), point), end; it != end; ++it) {
        found.insert((*it)[1]);
      }
    }
  }
  EXPECT_EQ(std::vector<std::string>(found.begin(), found.end()), known_points());
}

TEST(Simulation, WhatNeverStruckIsNamed) {
  Coverage coverage;
  for (std::size_t i = 1; i < kFaults; ++i) {
    coverage.add({{std::string(fault_name(static_cast<Fault>(i))), 2}}, {});
  }
  for (const std::string& name : known_points()) {
    coverage.add({}, {{name, 3}, {"+" + name, name == "intent" ? 0 : 1}});
  }
  EXPECT_EQ(coverage.missed(), (std::vector<std::string>{"crash point intent", "fault kill"}));
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
