#include "cli/db_migrate.h"

#include <ostream>

#include "cli/exit_codes.h"
#include "store/postgres/store.h"
#include "store/sqlite/store.h"

namespace sideband::cli {
namespace {

Result<MigrationPlan> look(const MigrateArguments& arguments) {
  if (arguments.postgres.empty()) return plan_sqlite_store(arguments.state);
  return plan_postgres_store(arguments.postgres);
}

std::string text_of(const MigrationPlan& plan, bool statements) {
  std::string text = "schema version " + std::to_string(plan.version) + ", this build knows " +
                     std::to_string(plan.known) + ": ";
  if (plan.missing.empty()) return text + "nothing to do\n";
  text += std::to_string(plan.missing.size()) + " to run, each in a transaction of its own\n";
  for (const Migration& migration : plan.missing) {
    text += "-- migration " + std::to_string(migration.version) + "\n";
    if (statements) text += std::string(migration.script).substr(1);
  }
  return text;
}

// Opening a store migrates it.
Result<void> migrate_store(const MigrateArguments& arguments, const Clock& clock) {
  Metrics metrics;
  const StoreOptions options{clock, metrics};
  if (!arguments.postgres.empty()) {
    PostgresOptions postgres;
    postgres.connection = arguments.postgres;
    SB_ASSIGN(const auto store, open_postgres_store(postgres, options));
    return {};
  }
  SqliteOptions sqlite;
  sqlite.folder = arguments.state;
  SB_ASSIGN(const auto store, open_sqlite_store(sqlite, options));
  return {};
}

Result<std::string> run(const MigrateArguments& arguments, const Clock& clock) {
  SB_ASSIGN(const MigrationPlan plan, look(arguments));
  if (arguments.plan) return text_of(plan, true) + "DRY-RUN: nothing was changed\n";
  if (!plan.missing.empty()) SB_TRY(migrate_store(arguments, clock));
  return text_of(plan, false) + "APPLY: the schema is that of this build\n";
}

}  // namespace

int db_migrate_command(const MigrateArguments& arguments, const Clock& clock, std::ostream& out,
                       std::ostream& err) {
  const auto done = run(arguments, clock);
  if (!done.ok()) {
    err << "sideband: " << done.error().message << "\n";
    return exit_code_of(done.error().code);
  }
  out << *done;
  return kOk;
}

}  // namespace sideband::cli
