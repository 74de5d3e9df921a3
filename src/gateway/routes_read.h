// Routes that only read, and those that take something out: an export, a proof, a backup.
#pragma once

#include "gateway/call.h"
#include "gateway/repair_answers.h"

namespace sideband {

// Thread-safe. What `parts` refers to must outlive it, `answers` too.
class ReadRoutes {
 public:
  ReadRoutes(const GatewayParts& parts, RepairAnswers& answers)
      : parts_(parts), answers_(answers) {}

  void list_reconcilers(Call call);
  void get_reconciler(Call call);
  void list_drifts(Call call);
  void list_signals(Call call);
  void list_locks(Call call);
  void list_decisions(Call call);
  void get_decision(Call call);
  void list_notices(Call call);
  void get_plan(Call call);
  void plan_changes(Call call);
  void list_repairs(Call call);
  void get_repair(Call call);
  void repair_outcomes(Call call);
  void audit_head(Call call);
  void audit_export(Call call);
  void audit_proof(Call call);
  void db_backup(Call call);

 private:
  GatewayParts parts_;
  RepairAnswers& answers_;
};

}  // namespace sideband
