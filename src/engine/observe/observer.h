// The observer of one reconciler: waits until it is due or woken, runs one cycle, and waits again.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "engine/observe/change_probe.h"
#include "engine/observe/cycle.h"
#include "engine/runtime/unit.h"

namespace sideband {

// What wakes an observer, collected until it looks. Thread-safe.
class PendingWakes {
 public:
  void add_keys(const std::vector<std::string>& keys);
  void add_scan();
  // A repair of ours wrote to the actual side. Wakes nobody.
  void add_repaired();
  // The observer ends at its next look: its runtime was replaced.
  void retire();
  struct Content {
    bool retired = false;
    bool scan = false;
    bool repaired = false;
    std::vector<std::string> keys;
  };
  Content take();
  // What the feed of a side told; lives as long as this.
  [[nodiscard]] ChangeJournal& journal(Role role) {
    return role == Role::kDesired ? desired_ : actual_;
  }

  // When a look at everything last ended well, whether or not anything was found, and what it was.
  struct GoodLook {
    WallTime at;
    Look look;
  };
  void looked_well(GoodLook look);
  [[nodiscard]] GoodLook good_look() const;

 private:
  ChangeJournal desired_;
  ChangeJournal actual_;
  mutable Mutex mutex_;
  GoodLook good_look_ SB_GUARDED_BY(mutex_);
  bool retired_ SB_GUARDED_BY(mutex_) = false;
  bool scan_ SB_GUARDED_BY(mutex_) = false;
  bool repaired_ SB_GUARDED_BY(mutex_) = false;
  std::set<std::string> keys_ SB_GUARDED_BY(mutex_);
};

class Observer final : public Worker {
 public:
  Observer(EngineContext& context, ReconcilerRuntimePtr runtime,
           std::shared_ptr<PendingWakes> wakes);
  Unit next(Result<void> last) override;

 private:
  enum class Doing : std::uint8_t { kNothing, kAsking, kScan, kKeys, kWokenKeys, kSweep };
  // A look that was asked for and whose feeds have not come so far.
  struct Waiting {
    MonoTime until;
    Duration pause;  // till it is looked at again
  };

  Unit idle();
  Unit start_look(bool forced);
  Unit after_ask(const Result<void>& asked);
  Unit look(bool asked);
  Unit skip();
  Unit start_cycle(Doing doing, std::vector<std::string> keys = {});
  Unit end_replaced();
  void after_cycle();
  void note_look();
  void look_when_ripe(const CycleReply& reply);

  EngineContext& context_;
  ReconcilerRuntimePtr runtime_;
  std::shared_ptr<PendingWakes> wakes_;
  std::unique_ptr<Cycle> cycle_;
  ChangeProbe cheap_;
  Doing doing_ = Doing::kNothing;
  bool forced_ = false;   // somebody asked for this look: it is a real one
  bool skipped_ = false;  // the last look was skipped
  Look look_;             // the one under way, or the last one
  std::optional<Waiting> waiting_;
  MonoTime begun_;  // of the look under way
  MonoTime next_scan_;
  MonoTime next_sweep_;
  // Keys of which some had to last or rested: to be looked at again once the first of them is ripe.
  std::set<std::string> ripening_;
  MonoTime ripe_at_;
  std::vector<std::string> keys_;  // of the look under way
  std::int64_t failures_ = 0;
};

}  // namespace sideband
