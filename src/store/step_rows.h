// The steps of repairs.
#pragma once

#include <vector>

#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class StepRows {
 public:
  explicit StepRows(Connection& db) : db_(db) {}

  Result<std::vector<Step>> steps(const Uuid& repair, std::int64_t from, std::int64_t limit);
  Result<void> put_step(const Uuid& repair, const Step& step);

 private:
  Connection& db_;
};

}  // namespace sideband
