// Apply against a foreign writer at the same time: no state other than `found` is ever overwritten.
#include <atomic>

#include "base/mutex.h"
#include "base/thread.h"
#include "conformance/collection/fixture.h"

namespace sideband {
namespace {

constexpr int kRounds = 300;

class CollectionRace : public CollectionSuite {
 protected:
  // Applies found -> want over and over until told to stop; counts what changed.
  void keep_applying() {
    const auto other = subject_->open();
    while (!stop_) {
      const MutexLock lock(applying_);
      const auto outcomes = other->apply({test_step(), 1, {update(0, "found", "want")}});
      if (!outcomes.ok()) continue;
      changed_ += outcomes->at(0).outcome == Outcome::kChanged ? 1 : 0;
      changed_.notify_all();
      EXPECT_NE(outcomes->at(0).outcome, Outcome::kUnknown) << outcomes->at(0).detail;
      unknown_ += outcomes->at(0).outcome == Outcome::kUnknown ? 1 : 0;
    }
  }

  // Whether foreign bytes are there to stay. A file driver may show its own content for the moment
  // between an exchange and its taking back, so a first miss is looked at again with apply at rest.
  bool stays(const std::string& bytes) {
    if (holds(0, bytes)) return true;
    const MutexLock lock(applying_);
    return holds(0, bytes);
  }

  Mutex applying_;
  std::atomic<bool> stop_{false};
  std::atomic<int> changed_{0};
  std::atomic<int> unknown_{0};
};

TEST_P(CollectionRace, NeverOverwritesAStateOtherThanFound) {
  put(0, "foreign");
  Thread applier("applier", [this] { keep_applying(); });
  int overwritten = 0;
  int offered = 0;
  for (int i = 0; i < kRounds; ++i) {
    put(0, "found");
    ++offered;
    const std::string mine = "foreign " + std::to_string(i);
    put(0, mine);
    overwritten += stays(mine) ? 0 : 1;
  }
  stop_ = true;
  applier.join();
  EXPECT_EQ(overwritten, 0);
  EXPECT_EQ(unknown_, 0);
  EXPECT_LE(changed_, offered);
}

TEST_P(CollectionRace, AppliesWhatIsFoundWhenTheWriterRests) {
  Thread applier("applier", [this] { keep_applying(); });
  put(0, "found");
  while (changed_ == 0 && unknown_ == 0) changed_.wait(0);
  stop_ = true;
  applier.join();
  EXPECT_TRUE(holds(0, "want"));
}

TEST_P(CollectionRace, OneCollectionServesManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kKeys = 40;
  std::atomic<int> applied{0};
  {
    std::vector<Thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back("worker", [this, &applied] {
        for (int i = 0; i < kKeys; ++i) {
          const auto outcomes = try_apply({create(i, "n")});
          applied += outcomes.ok() && outcomes->at(0).outcome == Outcome::kChanged ? 1 : 0;
          EXPECT_TRUE(collection_->read({subject_->key(i)}, std::chrono::seconds(30)).ok());
        }
      });
    }
  }
  EXPECT_EQ(applied, kKeys) << "each key is created once, whoever comes first";
}

SB_RUN_FOR_ALL_COLLECTIONS(CollectionRace);

}  // namespace
}  // namespace sideband
