// The PostgreSQL driver: rows of a table or a query in one database.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "drivers/context.h"
#include "drivers/postgres/client/connections.h"
#include "ports/driver.h"

namespace sideband {

// connect: host, port, dbname, user, password, sslmode and its files, allowUnverified, timeout.
// Options of a collection: query, or table and columns; key, fence, listen or publication. See
// README.md.
class PostgresDriver final : public Driver {
 public:
  explicit PostgresDriver(const DriverContext& context) : context_(context) {}

  [[nodiscard]] std::string_view name() const override { return "postgres"; }
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
  std::shared_ptr<PgConnections> connections_of(const TargetSettings& target,
                                                const PgEndpoint& endpoint) SB_EXCLUDES(mutex_);

  const DriverContext context_;
  Mutex mutex_;
  // By target. When its settings changed, what is opened from then on gets new ones.
  std::map<std::string, std::shared_ptr<PgConnections>> connections_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
