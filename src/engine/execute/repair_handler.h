// How a repair of a reconciler is claimed, approved, ended and taken back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/execute/job_handler.h"

namespace sideband {

class RepairHandler final : public JobHandler {
 public:
  // `context` outlives the handler.
  RepairHandler(EngineContext& context, FindRuntime runtimes, CurrentSettings settings)
      : context_(context), runtimes_(std::move(runtimes)), settings_(std::move(settings)) {}

  Result<ClaimAnswer> load(StoreTx& store, RepairJob& job, WallTime now) const override;
  [[nodiscard]] std::int64_t max_crashes(const RepairJob& job) const override;
  Result<ClaimAnswer> give_up_poisoned(StoreTx& store, RepairJob& job, WallTime now) const override;
  Result<ClaimAnswer> sealed(StoreTx& store, RepairJob& job) const override;
  Result<ClaimAnswer> gates(StoreTx& store, const RepairJob& job, WallTime now) const override;
  Result<ClaimAnswer> place(StoreTx& store, const RepairJob& job, const ClaimPlaces& places,
                            WallTime now) const override;
  Result<ClaimAnswer> lock(StoreTx& store, const RepairJob& job) const override;
  Result<void> charge(StoreTx& store, RepairJob& job, WallTime now) const override;
  Result<void> open_first(StoreTx& store, RepairJob& job, const std::string& salt,
                          WallTime now) const override;
  void start_worker(Runner& runner, RepairJob job) const override;

  [[nodiscard]] std::string owner(const Settings& settings, const std::string& name) const override;
  Result<QueuedFlow> flow(StoreTx& store, const Settings& settings,
                          const std::string& name) const override;

  Result<ApprovalSettings> review(StoreReader& store, const Plan& plan) const override;
  Result<std::optional<ApprovalSettings>> approval_terms(StoreReader& store,
                                                         const Repair& repair) const override;
  [[nodiscard]] bool can_go_on(const Repair& repair) const override;
  Result<void> close_open_step(StoreTx& store, Repair& repair, const Plan& plan,
                               const ChangeOutcome& outcome, const std::string& actor,
                               WallTime now) const override;
  Result<void> may_settle(StoreReader& store, const Repair& repair,
                          const Principal& by) const override;
  Result<std::vector<std::string>> step_names(StoreReader& store,
                                              const Repair& repair) const override;
  Result<std::string> settle_open_step(StoreTx& store, Repair& repair, const Step& step,
                                       const ChangeOutcome& outcome, const std::string& by,
                                       WallTime now) const override;
  void undo(Runner& runner, const std::string& name, UndoOptions options,
            UndoDone done) const override;

 private:
  EngineContext& context_;
  const FindRuntime runtimes_;
  const CurrentSettings settings_;
};

}  // namespace sideband
