// Statements on one SQLite file as operations.
#pragma once

#include "drivers/running_operations.h"
#include "drivers/sql_operation.h"
#include "drivers/sqlite/database.h"

namespace sideband {

struct SqliteStep {
  SqlOperation sql;
  bool fenced = false;
};

// Thread-safe; each call has a connection of its own. Every error has Effect::kNone, except one of
// COMMIT itself.
class SqliteOperation final : public Operation {
 public:
  SqliteOperation(std::string target, std::string path, const Clock& clock)
      : target_(std::move(target)), path_(std::move(path)), clock_(clock) {}

  [[nodiscard]] OperationTraits traits(const OperationRequest& request) const override;
  [[nodiscard]] Result<void> check(const OperationRequest& request) const override;
  Result<OperationReply> run(const OperationRequest& request) override;
  Result<EffectProbe> probe_effect(const OperationRequest& request) override;
  Result<OperationReply> undo(const OperationRequest& request) override;
  void stop(const std::string& key) override { running_.stop(key); }

 private:
  [[nodiscard]] Result<SqliteStep> parse(const DriverOptions& options) const;
  Result<OperationReply> execute(const DriverOptions& options, const OperationRequest& request);

  const std::string target_;
  const std::string path_;
  const Clock& clock_;
  RunningOperations running_;
};

}  // namespace sideband
