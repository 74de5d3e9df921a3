// What people said of repairs that waited for them.
#pragma once

#include <vector>

#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class ApprovalRows {
 public:
  explicit ApprovalRows(Connection& db) : db_(db) {}

  Result<std::vector<Approval>> approvals(const Uuid& repair);
  Result<void> insert_approval(const Approval& approval);

 private:
  Connection& db_;
};

}  // namespace sideband
