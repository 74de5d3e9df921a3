#include "store/migrate.h"

namespace sideband {
namespace {

Result<std::int64_t> current_version(Connection& connection) {
  std::int64_t version = 0;
  SB_TRY(connection.query("SELECT coalesce(max(version), 0) FROM migrations", {},
                          [&](const Row& row) { version = row.integer(0); }));
  return version;
}

Result<void> apply(Connection& connection, const Migration& migration, WallTime now) {
  SB_TRY(connection.script(migration.script));
  if (migration.convert != nullptr) SB_TRY(migration.convert(connection));
  SB_ASSIGN([[maybe_unused]] const auto noted,
            connection.execute("INSERT INTO migrations (version, applied_at) VALUES ($1, $2)",
                               {migration.version, now}));
  return {};
}

Result<void> apply_all(Connection& connection, std::span<const Migration> migrations,
                       WallTime now) {
  for (const Migration& migration : migrations) SB_TRY(apply(connection, migration, now));
  return connection.commit();
}

}  // namespace

Result<MigrationPlan> plan_migrations(Connection& connection, bool exists,
                                      std::span<const Migration> migrations) {
  MigrationPlan plan;
  plan.known = migrations.back().version;
  if (exists) {
    SB_ASSIGN(plan.version, current_version(connection));
  }
  if (plan.version > plan.known) {
    return Error::unsupported("the store has schema version " + std::to_string(plan.version) +
                              ", this build knows only " + std::to_string(plan.known) +
                              "; start the newer sideband, or restore a backup made before it");
  }
  for (const Migration& migration : migrations) {
    if (migration.version > plan.version) plan.missing.push_back(migration);
  }
  return plan;
}

Result<void> migrate(Connection& connection, std::span<const Migration> migrations, WallTime now) {
  SB_TRY(
      connection.script("CREATE TABLE IF NOT EXISTS migrations"
                        " (version BIGINT PRIMARY KEY NOT NULL, applied_at BIGINT NOT NULL)"));
  SB_ASSIGN(const MigrationPlan plan, plan_migrations(connection, true, migrations));
  if (plan.missing.empty()) return {};
  SB_TRY(connection.begin(true));
  const auto done = apply_all(connection, plan.missing, now);
  if (!done.ok()) connection.rollback();
  return done;
}

}  // namespace sideband
