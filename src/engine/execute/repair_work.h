// One claimed repair at work: what the stages of its worker share.
//
// A stage (repair_worker.h has the list) is a small state machine that owns its state. Each call of
// its `next` gives the next unit, or says how the stage ended and with what the worker goes on.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/execute/steps.h"
#include "engine/runtime/context.h"
#include "engine/runtime/unit.h"

namespace sideband {

// How a stage ended.
struct StageEnd {
  enum class Next : std::uint8_t {
    kSteps,   // go on with the steps
    kBefore,  // run the hook of that name
    kAfter,
    kCheckCohort,  // a cohort of the canary ended
    kValidate,     // every change has its outcome
    kRollBack,     // the canary failed, or a gate says so: take back what was done
    kRelease,      // release the drifts and end as `to`
    kGiveBack,     // to the queue, unchanged
    kAwaitTarget,  // the same once the target refuses no more, however long that takes
    kRetry,        // later; the intent stays open, and the next claim looks first
    kStop,         // without a word: the lease is gone, or all is done
  };
  Next next = Next::kStop;
  std::string why = {};
  DriftDisposition disposition = DriftDisposition::kCoolDown;
  RepairState to = RepairState::kNeedsHuman;
};
using Advance = std::variant<Unit, StageEnd>;

// A repair that ends as needs_human, or as cancelled.
StageEnd needs_human(std::string why);
StageEnd cancelled(std::string why);

// A step that this worker ended itself, with what it came to.
struct SettledStep {
  Step step;
  std::vector<ChangeOutcome> outcomes;
};

Result<Chunk> read_chunk(StoreReader& store, const Uuid& plan, std::int64_t seq);

// Used by one worker; lives as long as it. Stages keep references to it.
struct RepairWork {
  RepairWork(EngineContext& engine, RepairJob claimed);
  RepairWork(const RepairWork&) = delete;
  RepairWork& operator=(const RepairWork&) = delete;

  [[nodiscard]] const ReconcilerSettings& settings() const { return job.runtime->settings; }
  // Changes are being taken back, after a canary that failed.
  [[nodiscard]] bool undoing() const { return job.repair.state == RepairState::kCompensating; }
  [[nodiscard]] StepMode mode() const;
  [[nodiscard]] bool at_chunk_end() const;
  [[nodiscard]] std::int64_t cohort_end(const Repair& repair) const;
  [[nodiscard]] bool ends_cohort(const Repair& repair) const;
  [[nodiscard]] bool refused_too_many(const Repair& repair) const;
  // Every change has its outcome, none of them stops the repair, and no hook is left to be run:
  // validation follows.
  [[nodiscard]] bool ends_execution(const Repair& repair) const;
  // Whether a hook comes before the next step, at the place where the repair stands.
  [[nodiscard]] bool before_due() const;
  [[nodiscard]] bool after_due(const Repair& repair) const;

  [[nodiscard]] bool lease_due() const { return job.lease.due(context.clock.mono()); }
  [[nodiscard]] bool lease_over() const { return job.lease.over(context.clock.mono()); }
  // Renews the lease. Where it is over already, gives up without acting or writing instead:
  // somebody else may follow.
  Unit renew(const std::string& where);
  Unit lapse(const std::string& where) const;

  // The settled changes of the step `next_step`, which moves on; false at the end. From memory
  // where a plan of one chunk was carried out by this worker alone.
  Result<bool> read_settled(std::int64_t& next_step, std::vector<Change>& changes) const;

  EngineContext& context;
  RepairJob job;
  const std::vector<std::int64_t> cohort_ends;
  std::int64_t checked_until = 0;  // position up to which cohorts were validated
  std::int64_t cohort_from_step = 0;
  // The positions at which hooks succeeded last.
  std::optional<std::int64_t> before_done;
  std::optional<std::int64_t> after_done;
  std::vector<SettledStep> settled;
  std::vector<std::string> moved;  // keys whose desired side moved since, sorted
  bool holding = false;            // in a wait that a stop of the daemon may cut short
};

}  // namespace sideband
