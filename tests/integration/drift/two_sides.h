// Two real collections as the sides of a runtime, made as a configuration makes it: looked at,
// repaired and put back without a store.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "drivers/registry.h"
#include "engine/execute/step_execution.h"
#include "support/postgres_server.h"
#include "two_tables.h"

namespace sideband {

struct OneSide {
  TargetSettings target;
  CollectionSettings collection;
};

OneSide files_side(const std::string& root);
OneSide sqlite_side(const std::string& path, DriverOptions options);
OneSide postgres_side(const PostgresServer& server, const std::string& database,
                      DriverOptions options);
OneSide redis_side(const std::string& socket, DriverOptions options);

// Used by one thread at a time.
class TwoSides {
 public:
  // Why it cannot be opened is the error.
  static Result<TwoSides> open(DriverRegistry& registry, OneSide desired, OneSide actual,
                               const DetectSettings& detect = {});

  // Everything, with what is to be deleted.
  [[nodiscard]] Result<Pass> look() const;
  // One step of these changes; backwards with kUndo.
  [[nodiscard]] StepReport run(const std::vector<Change>& changes, StepMode mode) const;

 private:
  explicit TwoSides(ReconcilerRuntimePtr runtime) : runtime_(std::move(runtime)) {}
  ReconcilerRuntimePtr runtime_;
};

// The detail of the first change that did not become what it should; empty where all did.
std::string first_failure(const StepReport& report);

}  // namespace sideband
