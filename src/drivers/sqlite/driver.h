// The SQLite driver: rows of a table or a query in one database file.
#pragma once

#include <memory>

#include "drivers/context.h"
#include "drivers/idle_shelf.h"
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
  Result<std::unique_ptr<Signal>> signal(const TargetSettings& target, const std::string& kind,
                                         const DriverOptions& options) override;
  Result<std::unique_ptr<Feed>> watch(const TargetSettings& target,
                                      const CollectionSettings& collection, Role role) override;

 private:
  // Each open connection has some 250 KiB, and two or three stand behind each collection. Those of
  // looks under way come and go between pages; a thousand collections at rest keep no more than
  // this.
  static constexpr std::size_t kIdleConnections = 16;

  const DriverContext context_;
  const std::shared_ptr<IdleShelf> idle_ = std::make_shared<IdleShelf>(kIdleConnections);
};

}  // namespace sideband
