// Statements on one PostgreSQL database as operations.
#pragma once

#include "drivers/context.h"
#include "drivers/postgres/client/connections.h"
#include "drivers/running_operations.h"
#include "drivers/sql_operation.h"

namespace sideband {

// Its own part of an operation's options.
struct PgStep {
  SqlOperation sql;
  std::string fence;        // quoted name of the table of markers; empty = not fenced
  bool transaction = true;  // false: one statement that PostgreSQL takes outside of one only
};

// Thread-safe. What each error says of the effect is in README.md, "Operations".
class PgOperation final : public Operation {
 public:
  PgOperation(std::string target, std::shared_ptr<PgConnections> connections,
              const DriverContext& context)
      : target_(std::move(target)), connections_(std::move(connections)), context_(context) {}

  [[nodiscard]] OperationTraits traits(const OperationRequest& request) const override;
  [[nodiscard]] Result<void> check(const OperationRequest& request) const override;
  Result<OperationReply> run(const OperationRequest& request) override;
  Result<EffectProbe> probe_effect(const OperationRequest& request) override;
  Result<OperationReply> undo(const OperationRequest& request) override;
  void stop(const std::string& key) override { running_.stop(key); }

 private:
  [[nodiscard]] Result<PgStep> parse(const DriverOptions& options) const;
  Result<OperationReply> execute(const DriverOptions& options, const OperationRequest& request);

  const std::string target_;
  const std::shared_ptr<PgConnections> connections_;
  const DriverContext context_;
  RunningOperations running_;
};

}  // namespace sideband
