#include "e2e/crash_scenes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "e2e/audit_story.h"
#include "e2e/crash_world.h"
#include "e2e/playbook_world.h"

namespace sideband::e2e {
namespace {

constexpr const char* kSabotage = "changed by somebody";

// `count` of the numbers from 1 to `end`, sorted.
std::vector<int> some_of(Random& random, int end, std::size_t count) {
  std::vector<int> all;
  for (int i = 1; i <= end; ++i) all.push_back(i);
  for (std::size_t i = 0; i < count; ++i) {
    const auto left = static_cast<double>(all.size() - i);
    std::swap(all[i], all[i + static_cast<std::size_t>(random.fraction() * left)]);
  }
  all.resize(count);
  std::sort(all.begin(), all.end());
  return all;
}

class Shop : public CrashScene {
 public:
  // `most`: so many changes of items may begin; 0 = any number.
  Shop(const std::string& postgres, const std::string& canary, int most)
      : world_(postgres, gates(canary, most)), most_(most) {}
  Daemon& daemon() override { return world_.daemon; }
  // What breaks later may break what was just repaired, which then rests with a reason.
  void disturb(Random& random) override {
    world_.break_items(some_of(random, kItems, rounds_ == 0 ? 8 : 3), rounds_);
    world_.break_fleet(some_of(random, kNodes, 3));
    ++rounds_;
  }
  void push() override { world_.push_prices(); }
  bool settled() override { return rounds_ > 1 ? world_.in_sync_or_explained() : world_.in_sync(); }
  void check_proof() override {
    world_.check_proof();
    const auto begun = changes_begun(read_leaves(world_.daemon.path("audit")), "items");
    EXPECT_TRUE(most_ == 0 || begun <= most_) << "P-9: " << begun << " changes began";
  }

 private:
  static std::string gates(const std::string& canary, int most) {
    if (most == 0) return canary;
    return canary + (canary.empty() ? "" : ", ") + "maxChanges: {count: " + std::to_string(most) +
           "}";
  }
  CrashWorld world_;
  int most_;
  int rounds_ = 0;
};

// Item 2 is of the canary: once it is repaired, and while the canary is watched, somebody breaks
// it again. The canary fails then, and is undone.
class Undo final : public CrashScene {
 public:
  explicit Undo(const std::string& postgres) : world_(postgres, CrashWorld::canary("300ms")) {}
  Daemon& daemon() override { return world_.daemon; }
  void disturb(Random& random) override {
    for (const int i : some_of(random, kItems - 4, 2)) behind_.push_back(i + 4);
    world_.break_items({2, 4, behind_[0], behind_[1]});
  }
  void push() override {
    if (done_ || world_.redis().command({"GET", CrashWorld::item(2)}) != wanted()) return;
    world_.redis().command({"SET", CrashWorld::item(2), kSabotage});
    done_ = true;
  }
  bool settled() override { return done_ && world_.resting(); }
  void check_proof() override {
    const std::string now = world_.redis().command({"GET", CrashWorld::item(2)});
    EXPECT_EQ(now, kSabotage) << "what somebody changed was written over";
    for (const int i : behind_) {
      EXPECT_EQ(world_.writes_to(CrashWorld::item(i)), 0) << "P-12: past a canary that failed";
    }
    world_.check_proof();
  }

 private:
  static std::string wanted() { return CrashWorld::wanted_item(2); }
  CrashWorld world_;
  std::vector<int> behind_;
  bool done_ = false;
};

class Playbook final : public CrashScene {
 public:
  explicit Playbook(const std::string& postgres) : world_(postgres) {}
  Daemon& daemon() override { return world_.daemon; }
  void disturb(Random&) override {}
  void push() override { world_.push(); }
  bool settled() override { return world_.taken_back(); }
  void check_proof() override { world_.check_proof(); }

 private:
  PlaybookWorld world_;
};

}  // namespace

// The eight changes of the shop just fit: a repair that is claimed again must not be counted again.
std::unique_ptr<CrashScene> make_scene(const CrashSpec& spec, const std::string& postgres) {
  if (spec.scene == Scene::kPlaybook) return std::make_unique<Playbook>(postgres);
  if (spec.scene == Scene::kUndo) return std::make_unique<Undo>(postgres);
  const std::string canary = spec.scene == Scene::kPlain ? "" : CrashWorld::canary("50ms");
  return std::make_unique<Shop>(postgres, canary, spec.point == kRandomTime ? 0 : 8);
}

}  // namespace sideband::e2e
