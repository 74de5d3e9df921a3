// Looks that need no scan: by the position of both targets, and by what they say has changed.
#include <atomic>
#include <sstream>

#include "engine_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

class ChangeProbeTest : public EngineTest {
 protected:
  ChangeProbeTest() {
    observes_ = true;
    spec_.mode = Mode::kObserve;
    spec_.interval = std::chrono::milliseconds(5);
    tell(true, false);
    desired_.on_scan([this]() -> Result<void> {
      ++scans_;
      return {};
    });
    fill(3);
  }
  void tell(bool position, bool changed) {
    for (MemoryTarget* side : {&desired_, &actual_}) side->tell(position, changed);
  }
  // How many looks were skipped by this.
  double skipped(const std::string& by) {
    std::istringstream lines(metrics_.text());
    for (std::string line; std::getline(lines, line);) {
      const bool mine = line.starts_with("sideband_scans_skipped_total{") &&
                        line.find("by=\"" + by + "\"") != std::string::npos;
      if (mine) return std::stod(line.substr(line.rfind(' ')));
    }
    return -1;
  }
  void expect_skips(const std::string& by, int more) {
    const double before = skipped(by);
    EXPECT_TRUE(until([&] { return skipped(by) >= before + more; }));
  }
  void expect_scans(int more) {
    const int before = scans_;
    EXPECT_TRUE(until([&] { return scans_ >= before + more; }));
  }
  void expect_drifts(std::size_t count) {
    EXPECT_TRUE(until([&] { return drifts().size() == count; }));
  }
  void expect_repaired(const std::string& key) {
    EXPECT_TRUE(until([&] { return actual_.content().at(key) == "v" + key; }));
  }

  std::atomic<int> scans_{0};
};

TEST_F(ChangeProbeTest, WhereNothingWasWrittenNothingIsScanned) {
  start();
  expect_skips("position", 3);
  const int scans = scans_;
  expect_skips("position", 5);
  EXPECT_EQ(scans_, scans);
  actual_.set("k01", "other");
  expect_drifts(1);
}

TEST_F(ChangeProbeTest, WhereOneSideCannotTellEverythingIsScanned) {
  actual_.tell(false, false);
  start();
  expect_scans(5);
  EXPECT_EQ(skipped("position"), 0);
}

TEST_F(ChangeProbeTest, WhatDiffersIsLookedAtAgainAndAgain) {
  actual_.set("k01", "other");
  start();
  expect_drifts(1);
  expect_scans(3);
  EXPECT_EQ(skipped("position"), 0);
}

TEST_F(ChangeProbeTest, AWakeIsARealLook) {
  start();
  expect_skips("position", 2);
  actual_.set_behind_its_back("k01", "other");
  expect_skips("position", 2);
  engine_->wake("fleet");
  expect_drifts(1);
}

TEST_F(ChangeProbeTest, AFullScanComesInAnyCase) {
  spec_.detect.full_every = std::chrono::milliseconds(200);
  start();
  expect_skips("position", 2);
  actual_.set_behind_its_back("k01", "other");
  expect_drifts(1);
}

TEST_F(ChangeProbeTest, ARepairOfOursIsFollowedByARealLook) {
  spec_.mode = Mode::kAuto;
  start();
  expect_skips("position", 2);
  actual_.set("k01", "other");
  expect_repaired("k01");
  expect_skips("position", 2);
  actual_.set_behind_its_back("k02", "hidden");
  const int before = scans_;
  const CycleReply by_a_person = observe({}, person("kim"));
  ASSERT_TRUE(by_a_person.sealed.has_repair);
  resting(by_a_person.sealed.repair.id);
  EXPECT_TRUE(until([&] { return scans_ >= before + 2; }));  // the person's, and the one after
}

TEST_F(ChangeProbeTest, ANewConfigurationIsFollowedByARealLook) {
  start();
  expect_skips("position", 2);
  actual_.set_behind_its_back("k01", "other");
  spec_.version = "v2";
  settings_.version = "s2";
  engine_->reload(std::make_shared<Settings>(settings_));
  expect_drifts(1);
}

TEST_F(ChangeProbeTest, OnlyWhatChangedIsCompared) {
  tell(false, true);
  start();
  expect_skips("changed", 2);
  const int scans = scans_;
  actual_.set("k01", "other");
  expect_drifts(1);
  desired_.set("new", "v");
  expect_drifts(2);
  // A key that is deleted waits for the full scan.
  actual_.erase("k02");
  actual_.set("k00", "other");
  expect_drifts(3);
  EXPECT_EQ(scans_, scans);
}

TEST_F(ChangeProbeTest, DeletedKeysAreFoundByTheFullScan) {
  tell(false, true);
  spec_.detect.full_every = std::chrono::milliseconds(100);
  start();
  expect_skips("changed", 2);
  actual_.erase("k02");
  expect_drifts(1);
}

TEST_F(ChangeProbeTest, DriftThatIsGoneIsClosed) {
  tell(false, true);
  start();
  actual_.set("k01", "other");
  expect_drifts(1);
  actual_.set("k01", "vk01");
  expect_drifts(0);
  expect_skips("changed", 2);
}

TEST_F(ChangeProbeTest, WhatIsOnlySuspectBecomesDriftWithoutAScan) {
  tell(false, true);
  spec_.mode = Mode::kAuto;
  spec_.detect.hold = std::chrono::milliseconds(50);
  start();
  expect_skips("changed", 2);
  actual_.set("k01", "other");
  expect_repaired("k01");
}

TEST_F(ChangeProbeTest, ATargetThatCannotSayIsLookedThrough) {
  start();
  expect_skips("position", 2);
  actual_.on_position([] { return Error::unavailable("gone"); });
  expect_scans(3);
}

}  // namespace
}  // namespace sideband
