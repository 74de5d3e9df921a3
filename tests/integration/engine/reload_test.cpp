// What begins before a reload and ends after it: it concludes nothing by the old configuration.
#include "engine_fixture.h"

namespace sideband {
namespace {

class ReloadTest : public EngineTest {
 protected:
  void edit() {
    spec_.version = settings_.version = "edited";
    spec_.mode = Mode::kObserve;
    engine_->reload(std::make_shared<Settings>(settings_));
  }
  // Once, inside the call that asks for it.
  MemoryTarget::Hook edit_once() {
    return [this]() -> Result<void> {
      if (spec_.version != "edited") edit();
      return {};
    };
  }
  // Rows of plans and of their chunks.
  std::int64_t planned() {
    StoreUse use;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& store) -> Result<void> {
                      SB_ASSIGN(use, store.count_use(StoredClass::kPlans, {}, {}, 1000));
                      SB_ASSIGN(const auto chunks,
                                store.count_use(StoredClass::kChunks, {}, {}, 1000));
                      use.add(chunks);
                      return {};
                    })
                    .ok());
    return use.rows;
  }
};

TEST_F(ReloadTest, AScanThatOutlivesAReloadConcludesNothing) {
  fill(3);
  start();
  actual_.set("k01", "drifted");
  actual_.on_scan(edit_once());
  const CycleReply reply = observe();
  ASSERT_FALSE(reply.result.ok());
  EXPECT_EQ(reply.result.error().code, ErrorCode::kConflict);
  EXPECT_NE(reply.result.error().message.find("configuration was read again"), std::string::npos);
  EXPECT_EQ(planned(), 0);
  EXPECT_EQ(actual_.writes(), 0);
  EXPECT_EQ(metrics_.text().find("result=\"failed\"} 1"), std::string::npos)
      << "it is no failed scan";
}

TEST_F(ReloadTest, ALookAtKeysThatOutlivesAReloadConcludesNothing) {
  fill(3);
  start();
  actual_.set("k01", "drifted");
  actual_.on_read(edit_once());
  const CycleReply reply = observe({"k01"}, person("kim"));
  ASSERT_FALSE(reply.result.ok());
  EXPECT_EQ(reply.result.error().code, ErrorCode::kConflict);
  EXPECT_EQ(planned(), 0);
  EXPECT_EQ(actual_.writes(), 0);
}

// More than a chunk: what was drafted is gone too.
TEST_F(ReloadTest, ABigScanThatOutlivesAReloadLeavesNoDraft) {
  fill(3);
  for (int i = 0; i < 2500; ++i) actual_.set("x" + std::to_string(i), "v");
  spec_.repair.prune = true;
  start();
  // The second time it is asked whether it still has an item.
  int asked = 0;
  desired_.on_scan([&]() -> Result<void> {
    if (++asked > 1 && spec_.version != "edited") edit();
    return {};
  });
  const CycleReply reply = observe();
  ASSERT_EQ(spec_.version, "edited") << "nobody asked a second time";
  ASSERT_FALSE(reply.result.ok());
  EXPECT_EQ(planned(), 0);
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_F(ReloadTest, TheNextLookGoesByTheNewConfiguration) {
  fill(3);
  start();
  actual_.set("k01", "drifted");
  actual_.on_scan(edit_once());
  ASSERT_FALSE(observe().result.ok());
  const CycleReply next = observe();
  ASSERT_TRUE(next.result.ok()) << next.result.error().message;
  EXPECT_FALSE(next.sealed.has_repair) << "it observes now";
  EXPECT_EQ(next.sealed.plan.reconciler_version, "edited");
}

TEST_F(ReloadTest, WhatIsNotConcernedGoesOn) {
  fill(3);
  start();
  const ReconcilerRuntimePtr before = engine_->runtime("fleet");
  settings_.version = "something else was edited";
  settings_.targets["other"].name = "other";
  engine_->reload(std::make_shared<Settings>(settings_));
  EXPECT_EQ(engine_->runtime("fleet"), before);
}

// No document shows it: they name where the credential is.
TEST_F(ReloadTest, ARotatedCredentialIsUsedAfterTheReload) {
  fill(3);
  settings_.targets["have"].connect["password"] = "old";
  start();
  settings_.targets["have"].connect["password"] = "new";
  engine_->reload(std::make_shared<Settings>(settings_));
  EXPECT_EQ(engine_->runtime("fleet")->actual_target.connect.at("password"), "new");
}

// The observers of the loop: the one that was replaced ends, the new one looks.
TEST_F(ReloadTest, AnObserverThatWasReplacedWhileItLookedEnds) {
  fill(3);
  observes_ = true;
  actual_.set("k01", "drifted");
  std::promise<void> looked;
  bool done = false;
  actual_.on_scan([&]() -> Result<void> {
    if (spec_.version != "edited") {
      edit();
    } else if (!done) {
      done = true;
      looked.set_value();
    }
    return {};
  });
  start();
  looked.get_future().wait();
  engine_->stop();
  EXPECT_EQ(actual_.writes(), 0);
}

// Targets may take long to open: what was opened for a configuration that is not in force any more
// is let go.
TEST_F(ReloadTest, WhatWasOpenedForTheOldConfigurationIsNotTaken) {
  fill(3);
  std::atomic<bool> edited = false;  // sides are opened beside each other
  while_opening_ = [&](const std::string&) {
    if (!edited.exchange(true)) edit();
  };
  start();
  ASSERT_TRUE(edited);
  ASSERT_NE(engine_->runtime("fleet"), nullptr);
  EXPECT_EQ(engine_->runtime("fleet")->settings.version, "edited");
}

}  // namespace
}  // namespace sideband
