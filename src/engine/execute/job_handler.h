// What is particular to one kind of job. A repair of a reconciler (RepairHandler) and a run of a
// playbook (RunHandler) are queued, claimed, approved and ended alike; everything in which they
// differ is asked here, so that queue, claim, commands and maintenance know no kinds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/execute/claim_table.h"
#include "engine/execute/steps.h"
#include "engine/execute/undo.h"
#include "engine/runtime/runner.h"
#include "model/principal.h"
#include "policy/fair_share.h"

namespace sideband {

// Why a person does not settle a step that goes on by itself.
inline constexpr const char* kLookedAtFirst =
    "it is under way, and is looked at before anything else is done";

// What a claim counted of the places that are taken.
struct ClaimPlaces {
  std::int64_t running = 0;  // jobs of the same reconciler or playbook
  bool site_room = true;
};

// Thread-safe; lives as long as the engine. What takes a store is called inside its transaction, is
// re-runnable, and fails as the store does where nothing else is said.
class JobHandler {
 public:
  virtual ~JobHandler() = default;

  // --- claim: the questions of claim_table.h, in the transaction of the claim ---

  // Finds what the job works with and puts it there; asked before everything else.
  virtual Result<ClaimAnswer> load(StoreTx& store, RepairJob& job, WallTime now) const = 0;
  // How often its worker may die at one step.
  [[nodiscard]] virtual std::int64_t max_crashes(const RepairJob& job) const = 0;
  // Of one whose worker died more often, which job.poisoned says: whether its worker ends it.
  virtual Result<ClaimAnswer> give_up_poisoned(StoreTx& store, RepairJob& job,
                                               WallTime now) const = 0;
  virtual Result<ClaimAnswer> sealed(StoreTx& store, RepairJob& job) const = 0;
  virtual Result<ClaimAnswer> gates(StoreTx& store, const RepairJob& job, WallTime now) const = 0;
  virtual Result<ClaimAnswer> place(StoreTx& store, const RepairJob& job, const ClaimPlaces& places,
                                    WallTime now) const = 0;
  virtual Result<ClaimAnswer> lock(StoreTx& store, const RepairJob& job) const = 0;
  // It begins: counts what it will change in the windows of changes, and may become a probe.
  virtual Result<void> charge(StoreTx& store, RepairJob& job, WallTime now) const = 0;
  // After that: may write the first intent in the same transaction.
  virtual Result<void> open_first(StoreTx& store, RepairJob& job, const std::string& salt,
                                  WallTime now) const = 0;
  // Spawns the worker of a job that has a lease.
  virtual void start_worker(Runner& runner, RepairJob job) const = 0;

  // --- the queue, by the configuration of now ---

  // Who owns it; empty where none of that name is configured.
  [[nodiscard]] virtual std::string owner(const Settings& settings,
                                          const std::string& name) const = 0;
  // Owner, weight and room of those that are queued under this name.
  virtual Result<QueuedFlow> flow(StoreTx& store, const Settings& settings,
                                  const std::string& name) const = 0;

  // --- what people decide ---

  // Who has to approve this plan. kConflict: the configuration is another one than it was made by.
  virtual Result<ApprovalSettings> review(StoreReader& store, const Plan& plan) const = 0;
  // For how long it may wait for how many; nothing where it needs nobody, or nobody knows any more.
  virtual Result<std::optional<ApprovalSettings>> approval_terms(StoreReader& store,
                                                                 const Repair& repair) const = 0;
  // Whether its worker has what it works with, so that it ends by itself once it is told to.
  [[nodiscard]] virtual bool can_go_on(const Repair& repair) const = 0;
  // Gives the step that was begun, if any, this outcome by `actor`, in `repair` too: for a job that
  // ends without its worker and without a look.
  virtual Result<void> close_open_step(StoreTx& store, Repair& repair, const Plan& plan,
                                       const ChangeOutcome& outcome, const std::string& actor,
                                       WallTime now) const = 0;
  // Whether `by` may say what its steps did: kPermission, or kConflict where its plan is gone.
  virtual Result<void> may_settle(StoreReader& store, const Repair& repair,
                                  const Principal& by) const = 0;
  // Names of its steps, by Step::from; empty where steps have none.
  virtual Result<std::vector<std::string>> step_names(StoreReader& store,
                                                      const Repair& repair) const = 0;
  // Gives `step`, an intent, the outcome that a person found, and lets the job go on from there.
  // Why that cannot be; empty = it was done.
  virtual Result<std::string> settle_open_step(StoreTx& store, Repair& repair, const Step& step,
                                               const ChangeOutcome& outcome, const std::string& by,
                                               WallTime now) const = 0;
  // Takes back a job of `name` that has ended, as a new one. `done` is called once, here or on a
  // thread of the engine.
  virtual void undo(Runner& runner, const std::string& name, UndoOptions options,
                    UndoDone done) const = 0;
};

// One handler for each kind. Owned by the engine; the handlers outlive it.
class JobHandlers {
 public:
  JobHandlers(const JobHandler& repairs, const JobHandler& runs) : repairs_(repairs), runs_(runs) {}

  [[nodiscard]] const JobHandler& of(JobKind kind) const {
    return kind == JobKind::kRun ? runs_ : repairs_;
  }
  [[nodiscard]] const JobHandler& of(const Repair& repair) const { return of(repair.kind()); }
  [[nodiscard]] const JobHandler& of(const Plan& plan) const { return of(plan.kind()); }
  // Of what is kept under this name: a reconciler's, or the scope of a playbook.
  [[nodiscard]] const JobHandler& of_name(const std::string& name) const {
    return of(job_kind_of(name));
  }

 private:
  const JobHandler& repairs_;
  const JobHandler& runs_;
};

}  // namespace sideband
