#include "store/approval_rows.h"

#include "store/columns.h"

namespace sideband {
namespace {

Approval approval_from(Columns& row) {
  Approval approval;
  approval.repair = row.uuid();
  approval.by = row.text();
  approval.approve = row.flag();
  approval.at = row.time();
  approval.plan_hash = row.text();
  approval.reconciler_version = row.text();
  approval.guardrails_version = row.text();
  approval.comment = row.text();
  return approval;
}

}  // namespace

Result<std::vector<Approval>> ApprovalRows::approvals(const Uuid& repair) {
  return collect(db_,
                 "SELECT repair, identity, approve, given_at, plan_hash, reconciler_version,"
                 " guardrails_version, comment FROM approvals WHERE repair = $1"
                 " ORDER BY given_at, identity",
                 {repair}, approval_from);
}

Result<void> ApprovalRows::insert_approval(const Approval& approval) {
  return change(db_,
                "INSERT INTO approvals (repair, identity, approve, given_at, plan_hash,"
                " reconciler_version, guardrails_version, comment)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                {approval.repair, approval.by, approval.approve, approval.at, approval.plan_hash,
                 approval.reconciler_version, approval.guardrails_version, approval.comment});
}

}  // namespace sideband
