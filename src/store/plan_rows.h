// The plans and their chunks.
#pragma once

#include <optional>
#include <string>

#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class PlanRows {
 public:
  explicit PlanRows(Connection& db) : db_(db) {}

  Result<std::optional<Plan>> plan(const Uuid& id);
  Result<std::string> chunk(const Uuid& plan, std::int64_t seq);
  Result<void> insert_plan(const Plan& plan);
  Result<void> insert_chunk(const Uuid& plan, std::int64_t seq, const std::string& changes);
  Result<void> replace_chunk(const Uuid& plan, std::int64_t seq, const std::string& changes);
  Result<void> erase_chunks(const Uuid& plan, std::int64_t from);
  Result<void> update_plan(const Plan& plan);
  Result<void> erase_plan(const Uuid& plan);
  Result<void> erase_drafts(const std::string& reconciler);

 private:
  Connection& db_;
};

}  // namespace sideband
