// What can be known of a reconciler without scanning it: whether anything was written since the
// last good scan, and which keys changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/observe/cycle.h"
#include "engine/observe/target_identities.h"
#include "engine/runtime/reconciler_runtime.h"
#include "ports/store.h"

namespace sideband {

// What a look that is due has to do.
enum class RequiredScan : std::uint8_t {
  kScan,     // everything
  kKeys,     // keys(); none: nothing
  kNothing,  // nothing was written
};

// Used by one thread at a time: asked, decided, and told how what followed ended.
class ChangeProbe {
 public:
  ChangeProbe(EngineContext& context, ReconcilerRuntimePtr runtime)
      : context_(context), runtime_(std::move(runtime)) {}

  // Whether any side can tell anything.
  [[nodiscard]] bool possible() const;

  // Asks both sides. Blocks on the targets and on the store. What follows begins behind it.
  Result<void> ask();
  // What the answers mean. Unknown is never unchanged.
  [[nodiscard]] RequiredScan needs(MonoTime now) const;
  // What changed, and what is known to differ: its times may have come.
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }

  // How the scan or the look at keys() that followed ask() ended.
  void scan_ended(const CycleReply& reply, MonoTime begun);
  void keys_ended(const CycleReply& reply);
  // Positions say nothing any more: we wrote ourselves.
  void distrust() { good_.reset(); }

 private:
  struct Positions {
    std::string desired;
    std::string actual;
    bool operator==(const Positions& other) const = default;
    [[nodiscard]] bool told() const { return !desired.empty() && !actual.empty(); }
  };
  struct Marks {
    std::string desired;
    std::string actual;
  };

  [[nodiscard]] bool positions_possible() const;
  [[nodiscard]] bool changed_possible() const;
  Result<void> ask_targets();
  Result<void> ask_positions();
  Result<void> ask_changed(Collection& side, const std::string& mark, std::string& next);
  Result<void> add_drifts();

  EngineContext& context_;
  ReconcilerRuntimePtr runtime_;

  // Of the last ask().
  std::vector<SeenTarget> targets_;
  bool another_ = false;  // than at the last good look: positions and marks are of a former one
  Positions positions_;
  Marks next_marks_;
  bool keys_known_ = false;
  std::int64_t differing_ = 0;  // keys that are known to differ
  std::vector<std::string> keys_;

  std::optional<Positions> good_;  // before the last scan that was good and found nothing
  std::vector<SeenTarget> good_targets_;
  std::vector<SeenTarget> kept_targets_;  // as they were kept last
  std::optional<MonoTime> last_scan_;     // start of the last good one
  Marks marks_;
};

}  // namespace sideband
