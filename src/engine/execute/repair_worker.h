// Carries one claimed repair to its end: steps cohort by cohort, validation, release. Resumes from
// whatever an earlier claim left.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "engine/execute/steps.h"
#include "engine/runtime/context.h"
#include "engine/runtime/unit.h"

namespace sideband {

class RepairWorker final : public Worker {
 public:
  RepairWorker(EngineContext& context, RepairJob job);

  Unit next(Result<void> last) override;

 private:
  enum class Phase : std::uint8_t {
    kStart,
    kLoad,  // plan position, chunk and open intent from the store
    kIntent,
    kResume,  // intent of an earlier claim, repeated under the new token
    kExecute,
    kOutcome,
    kConverge,  // outcome and end in one transaction
    kGate,      // waiting for a gate
    kHold,      // waiting between cohorts or for validation's times
    kRenew,     // lease, during a long wait
    kCheckCohort,
    kUndoLoad,
    kValidate,
    kRelease,
    kMove,  // to another state, then on by its kind
    kEnd,
  };

  Unit start();
  Unit load();
  Unit after_load();
  Unit intent();
  Unit after_intent();
  Unit resume();
  Unit execute();
  Unit after_execute();
  void read_ahead();
  Unit record_outcomes(std::vector<ChangeOutcome> outcomes);
  [[nodiscard]] bool goes_straight_on(const Repair& repair) const;
  Result<void> begin_next(StoreTx& store);
  Unit after_outcome();
  Unit go_on();
  Unit next_forward();
  Unit wait_then(Duration wait, Phase then);
  Unit after_wait();
  Unit renew();
  // Gives up without acting or writing: the lease is about to end, and somebody else may follow.
  Unit lapse(const std::string& where);
  [[nodiscard]] bool lease_due() const;
  [[nodiscard]] bool lease_over() const;
  Result<void> renew_in_call();
  [[nodiscard]] StepOrder order();

  // Canary.
  Unit check_cohort();
  Unit after_cohort();

  // Undo inside the repair, newest step first.
  Unit load_undo();
  Unit after_undo_load();

  // Validation (validation.cpp).
  Unit begin_validation();
  Unit validate_chunk();
  Unit after_validate_chunk();
  Unit after_pass();
  Unit pass_was_good();
  Unit pass_was_bad();

  // Of a repair of one step that may be looked at right after it (validation.cpp).
  [[nodiscard]] bool validates_at_once() const;
  [[nodiscard]] bool look_at_once();
  Unit converge();
  Unit after_converge();

  // Ends (endings.cpp).
  Unit give_back(const std::string& why);
  Unit schedule_retry(const Error& error);
  Unit fail_for_good(const std::string& why);
  // Ends one that kills its workers, without a call: what its open step did stays unknown.
  Unit give_up_poisoned();
  Unit halt_refused();
  Unit release_all(DriftDisposition disposition, RepairState to, std::string note);
  Unit release_chunk();
  Result<bool> cool_chunk(StoreTx& store) const;
  [[nodiscard]] bool closes_whole_plan() const;
  Result<bool> release_by_plan(StoreTx& store);
  Result<bool> release_part(StoreTx& store);
  Result<bool> release_step(StoreTx& store);
  Result<void> release_outcomes(StoreTx& store, const std::vector<Change>& chunk, const Step& step,
                                const std::vector<ChangeOutcome>& outcomes);
  Unit after_release();
  void request_reevaluation();
  Unit ended();
  Unit move(RepairState to, std::string note);
  Unit after_move();

  [[nodiscard]] std::int64_t cohort_end(const Repair& repair) const;
  [[nodiscard]] bool refused_too_many(const Repair& repair) const;
  [[nodiscard]] bool ends_execution(const Repair& repair) const;
  [[nodiscard]] std::vector<Change> slice() const;
  [[nodiscard]] StepMode mode() const;
  [[nodiscard]] bool undoing() const;
  // The settled changes of the step `next_step`, which moves on; false at the end.
  Result<bool> recall_settled(std::int64_t& next_step, std::vector<Change>& changes) const;
  Result<bool> read_settled(std::int64_t& next_step, std::vector<Change>& changes) const;

  EngineContext& context_;
  RepairJob job_;
  Phase phase_ = Phase::kStart;
  Phase after_wait_ = Phase::kIntent;
  MonoTime wait_until_;
  std::vector<std::int64_t> cohort_ends_;
  std::int64_t checked_until_ = 0;  // position up to which cohorts were validated
  std::int64_t cohort_from_step_ = 0;

  // Results of the unit under way.
  StepGrant grant_;
  StepReport report_;
  bool good_at_once_ = false;
  Chunk following_;  // the chunk after the one at work, where it was read ahead
  RepairJob next_job_;
  std::string salt_;
  WallTime now_;

  // Steps that this worker ended itself: validation need not read them from the store.
  struct Settled {
    Step step;
    std::vector<ChangeOutcome> outcomes;
  };
  std::vector<Settled> settled_;

  // Validation.
  std::int64_t check_step_ = 0;  // next step to look at in this pass
  bool check_more_ = false;
  bool independent_pass_ = false;
  Validation pass_;      // of the whole pass so far
  WallTime good_since_;  // epoch = not good yet
  MonoTime validate_deadline_;
  std::vector<std::string> moved_;  // keys to be judged anew, sorted

  // Undo.
  std::vector<Step> undo_steps_;     // still to be taken back, the newest last
  std::set<Outcome> undo_outcomes_;  // of those that were

  // Ending.
  DriftDisposition disposition_ = DriftDisposition::kClosed;
  RepairState end_state_ = RepairState::kConverged;
  std::string end_note_;
  std::int64_t release_part_ = 0;
  bool release_more_ = false;
  std::string release_after_;  // by plan: keys up to here are done
  std::optional<std::string> release_until_;
  std::vector<std::string> anew_;
};

}  // namespace sideband
