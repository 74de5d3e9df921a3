// The SQLite driver: rows of a table or a query in one database file.
#pragma once

#include "drivers/context.h"
#include "ports/driver.h"

namespace sideband {

// connect: path. Options of a collection: query, or table and columns; key, keyType, fence. See
// README.md.
class SqliteDriver final : public Driver {
 public:
  explicit SqliteDriver(const DriverContext& context) : context_(context) {}

  [[nodiscard]] std::string_view name() const override { return "sqlite"; }
  Result<std::unique_ptr<Collection>> open(const TargetSettings& target,
                                           const CollectionSettings& collection,
                                           Role role) override;
  Result<TableReport> look_at_table(const TargetSettings& target,
                                    const CollectionSettings& collection, Role role,
                                    Duration timeout) override;
  Result<GrantReport> grants(const TargetSettings& target, const CollectionSettings& collection,
                             Role role, const GrantNeeds& needs) override;
  Result<std::unique_ptr<Operation>> operation(const TargetSettings& target) override;
  Result<std::unique_ptr<Feed>> watch(const TargetSettings& target,
                                      const CollectionSettings& collection, Role role) override;

 private:
  const DriverContext context_;
};

}  // namespace sideband
