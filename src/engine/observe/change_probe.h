// What can be known of a reconciler without scanning it: whether anything was written since the
// last good scan, and which keys changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/observe/cycle.h"
#include "engine/observe/look.h"
#include "engine/observe/target_identities.h"
#include "engine/observe/told_changes.h"
#include "engine/runtime/reconciler_runtime.h"
#include "ports/store.h"

namespace sideband {

// Used by one thread at a time: asked, decided, and told how what followed ended.
class ChangeProbe {
 public:
  // The journals are those of the runtime's sides.
  ChangeProbe(EngineContext& context, ReconcilerRuntimePtr runtime, ChangeJournal& desired,
              ChangeJournal& actual)
      : context_(context),
        runtime_(std::move(runtime)),
        desired_{*runtime_->desired, "desired", {*runtime_->desired, desired}},
        actual_{*runtime_->actual, "actual", {*runtime_->actual, actual}} {}

  // Whether any side can tell anything.
  [[nodiscard]] bool possible() const;

  // Asks both sides. Blocks on the targets and on the store. What follows begins behind it.
  Result<void> ask();
  // Whether the answers would tell more once the feeds have come as far as the logs were.
  [[nodiscard]] bool waits_for_feeds(MonoTime now) const;
  // What the answers mean. Unknown is never unchanged. Once before each look, also where ask()
  // failed.
  Look decide(MonoTime now);
  // What changed, and what is known to differ: its times may have come.
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }
  // Drifts first seen later were found by no scan of ours.
  [[nodiscard]] WallTime scan_ended_at() const { return scan_ended_at_; }

  // How the scan or the look at keys() that followed ended.
  void scan_ended(const CycleReply& reply, MonoTime begun);
  void keys_ended(const CycleReply& reply);
  // Positions say nothing any more: we wrote ourselves.
  void distrust();

 private:
  struct Side {
    Collection& collection;
    std::string_view name;
    ToldChanges told;
    std::string position = {};    // of the last ask; empty: it cannot tell
    std::string scanned_at = {};  // the position before the last good scan
    std::string good_at = {};     // the same, where that scan found nothing
    std::string mark = {};        // of changedSince
    std::string next_mark = {};
    std::optional<std::string> lacks = {};  // why changedSince did not know; empty: it did

    [[nodiscard]] bool tells_keys() const {
      return told.possible() || collection.traits().changes_all;
    }
    [[nodiscard]] bool tells() const { return tells_keys() || collection.traits().position; }
    [[nodiscard]] bool at(const std::string& before) const {
      return !position.empty() && position == before;
    }
  };

  [[nodiscard]] bool positions_possible() const;
  [[nodiscard]] bool changed_possible() const;
  [[nodiscard]] bool changed_suffices() const;
  [[nodiscard]] bool told_possible() const;
  Result<void> ask_targets();
  Result<void> ask_side(Side& side);
  Result<void> ask_changed(Side& side);
  Result<void> add_drifts();
  void merge_keys();
  [[nodiscard]] bool unmoved() const;
  // Why a scan is due, whatever the sides tell; nothing where none is.
  [[nodiscard]] std::optional<Look> due(MonoTime now) const;
  [[nodiscard]] Look judge_told(const Side& side) const;

  EngineContext& context_;
  ReconcilerRuntimePtr runtime_;
  Side desired_;
  Side actual_;

  // Of the last ask().
  std::vector<SeenTarget> targets_;
  bool another_ = false;  // than at the last good look: positions and marks are of a former one
  bool keys_known_ = false;
  std::vector<std::string> keys_;

  std::vector<SeenTarget> good_targets_;
  std::vector<SeenTarget> kept_targets_;  // as they were kept last
  std::optional<MonoTime> last_scan_;     // start of the last good one
  WallTime scan_ended_at_;                // end of it
  bool unknown_ = false;                  // it could not tell some states
  bool closes_ = false;                   // something that it counted is gone: a scan has to say so
};

}  // namespace sideband
