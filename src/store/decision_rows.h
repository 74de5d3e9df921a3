// The decisions, with their reasons.
#pragma once

#include <string>
#include <vector>

#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class DecisionRows {
 public:
  explicit DecisionRows(Connection& db) : db_(db) {}

  Result<std::vector<Decision>> decisions(const std::string& reconciler, std::int64_t limit);
  Result<void> insert_decision(const Decision& decision);

 private:
  Connection& db_;
};

}  // namespace sideband
