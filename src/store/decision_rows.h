// The decisions, with their reasons.
#pragma once

#include <optional>
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
  Result<std::optional<Decision>> decision(const Uuid& id);
  Result<std::vector<Decision>> decisions_about(const std::string& reconciler, const Uuid& plan,
                                                std::int64_t limit);
  Result<void> insert_decision(const Decision& decision);

 private:
  Connection& db_;
};

}  // namespace sideband
