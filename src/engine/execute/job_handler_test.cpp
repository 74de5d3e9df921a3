#include "engine/execute/job_handler.h"

#include <gtest/gtest.h>

#include "engine/execute/repair_handler.h"
#include "engine/playbook/run_handler.h"

namespace sideband {
namespace {

// Nothing of what is asked here is in a store.
class UnaskedStore final : public Store {
 public:
  void submit(Lane, StoreFn, StoreDone) override {}
  Result<void> read(const StoreReadFn&) override { return {}; }
  Result<void> health() override { return {}; }
  Result<std::int64_t> lease_clock() override { return 0; }
};

class JobHandlersTest : public testing::Test {
 protected:
  JobHandlersTest() {
    auto settings = std::make_shared<Settings>();
    settings->reconcilers["shop"].labels.owner = "team-shop";
    PlaybookSettings playbook;
    playbook.labels.owner = "team-flags";
    settings->playbooks["shop"] = std::make_shared<const PlaybookSettings>(playbook);
    settings_ = settings;
  }
  Repair job(const std::string& name) {
    Repair repair;
    repair.reconciler = name;
    return repair;
  }
  std::string owner(const std::string& name) {
    return handlers_.of_name(name).owner(*settings_, name);
  }

  UnaskedStore store_;
  ManualClock clock_{WallTime(Duration(0))};
  SystemRandom random_;
  Metrics metrics_;
  EngineMetrics measures_{metrics_};
  EngineContext context_{store_, clock_, random_, measures_, "local", {}, {}, {}, {}, {}, {}, {}};
  std::shared_ptr<const Settings> settings_;
  const PlaybookTargets tools_{{}, [this] { return settings_; }, std::make_shared<RunningCalls>()};
  PlaybookCommands commands_{context_, tools_};
  const RepairHandler repairs_{context_, [](const std::string&) { return nullptr; },
                               [this] { return settings_; }};
  const RunHandler runs_{context_, tools_, commands_, [this] { return settings_; }};
  const JobHandlers handlers_{repairs_, runs_};
};

TEST_F(JobHandlersTest, EachKindHasItsOwn) {
  EXPECT_EQ(&handlers_.of(JobKind::kRepair), &repairs_);
  EXPECT_EQ(&handlers_.of(JobKind::kRun), &runs_);
  EXPECT_EQ(&handlers_.of(job("shop")), &repairs_);
  EXPECT_EQ(&handlers_.of(job("playbook/shop")), &runs_);
}

TEST_F(JobHandlersTest, AReconcilerAndAPlaybookMayHaveOneName) {
  EXPECT_EQ(owner("shop"), "team-shop");
  EXPECT_EQ(owner("playbook/shop"), "team-flags");
  EXPECT_EQ(owner("playbook/gone"), "");
  EXPECT_EQ(owner("gone"), "");
}

// A run pins what it works with; a repair needs the targets that are configured.
TEST_F(JobHandlersTest, OnlyARepairCanBeOrphaned) {
  EXPECT_FALSE(handlers_.of(job("shop")).can_go_on(job("shop")));
  EXPECT_TRUE(handlers_.of(job("playbook/shop")).can_go_on(job("playbook/shop")));
}

}  // namespace
}  // namespace sideband
