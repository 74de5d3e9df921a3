// One observation cycle: scan, open drifts, seal and decide. A machine inside a worker: it asks for
// units until it is finished, and leaves nothing behind when it fails.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/decide/plan_chunks.h"
#include "engine/decide/policy_round.h"
#include "engine/decide/seal_plan.h"
#include "engine/observe/scanner.h"
#include "engine/observe/target_identities.h"
#include "engine/runtime/context.h"
#include "engine/runtime/unit.h"

namespace sideband {

struct CycleOptions {
  bool whole = true;   // a scan of everything; false: `keys`
  bool sweep = false;  // with `whole`: look for extras of an unordered actual side too
  std::vector<std::string> keys;
  // Without `whole`: drifts of these keys that are found to be none are closed, where they were
  // first seen after this, and so by no scan whose count still stands.
  std::optional<WallTime> closes_since = {};
  Principal requester = Principal::loop();
  GateSet released;
  RequestKey request = {};
};

struct CycleReply {
  Result<void> result;  // of the cycle; an error means that nothing was concluded
  SealReply sealed;
  std::int64_t desired = 0;
  std::int64_t extras = 0;
  std::int64_t unknown = 0;
  std::string first_unknown;
  std::int64_t gone = 0;  // drifts that are none any more, and that only a whole look closes
};

class Cycle {
 public:
  Cycle(EngineContext& context, ReconcilerRuntimePtr runtime, CycleOptions options);

  // The next unit, or nothing when reply() is ready.
  std::optional<Unit> next(Result<void> last);
  [[nodiscard]] const CycleReply& reply() const { return reply_; }

 private:
  enum class Phase : std::uint8_t {
    kStart,
    kIdentify,
    kBegin,
    kScan,
    kRecheck,
    kSource,
    kStore,
    kDraft,
    kOpen,
    kClose,
    kCloseKeys,
    kAsk,
    kSeal,
    kDrop
  };

  Unit identify();
  Unit begin();
  Unit scan();
  std::optional<Unit> after_scan_batch();
  std::optional<Unit> after_scan();
  Unit recheck();
  Unit check_source();
  Unit store_chunk();
  Unit read_draft();
  Unit open_chunk();
  std::optional<Unit> after_open();
  Unit conclude();
  Unit close_unseen();
  Unit close_keys();
  Result<void> close_slice(StoreTx& store, const std::vector<std::string>& keys);
  std::optional<Unit> after_close_keys();
  // Asks policies first, where there are any.
  Unit judge();
  Unit seal();
  std::optional<Unit> fail(const Error& error);
  Result<void> note_failed_scan(StoreTx& store, WallTime now) const;
  [[nodiscard]] std::optional<std::int64_t> extras() const;
  void finish();
  void log_events();

  EngineContext& context_;
  ReconcilerRuntimePtr runtime_;
  CycleOptions options_;
  std::unique_ptr<Scanner> scanner_;
  Phase phase_ = Phase::kStart;
  CycleReply reply_;
  MonoTime began_;

  // Results of the unit under way.
  std::vector<SeenTarget> seen_;
  std::vector<ChangedTarget> changed_targets_;
  ScanBatch batch_;
  PlanChunk draft_;
  Opened opened_;
  LoggedKeys fresh_;     // that did not differ before
  LoggedKeys flapping_;  // that are left alone from now on
  LoggedKeys found_;     // all that differ
  std::int64_t erased_ = 0;
  std::int64_t gone_ = 0;
  std::set<std::string> differing_;   // of the keys that may be closed
  std::vector<std::string> closing_;  // keys that do not differ, not yet closed
  std::optional<PolicyRound> policies_;
  bool rechecked_ = false;
  bool source_checked_ = false;

  SealRequest request_;
  std::vector<Change> pending_;  // found, not yet written
  std::int64_t drafted_ = 0;     // chunks written as drafts
  std::optional<PlanChunks> drafts_;
  std::int64_t opened_chunks_ = 0;  // of them, with their drifts opened
};

}  // namespace sideband
