// Brings a database to the schema this build knows.
#pragma once

#include <span>
#include <vector>

#include "store/connection.h"

namespace sideband {

struct Migration {
  std::int64_t version;
  const char* script;
  // What SQL alone cannot say: rewrites rows, after the script.
  Result<void> (*convert)(Connection&) = nullptr;
};

// Where a database stands, and what this build would do to it.
struct MigrationPlan {
  std::int64_t version = 0;  // that it has; 0 = empty
  std::int64_t known = 0;    // the newest of this build
  std::vector<Migration> missing;
};

// Changes nothing. `exists`: whether there is a table "migrations". kUnsupported as of migrate.
Result<MigrationPlan> plan_migrations(Connection& connection, bool exists,
                                      std::span<const Migration> migrations);

// Runs the migrations that table "migrations" does not list, all in one transaction: whoever is
// killed in between leaves the store as the earlier build knows it. A
// database of a newer build is refused with kUnsupported: it may mean things that this one breaks.
Result<void> migrate(Connection& connection, std::span<const Migration> migrations, WallTime now);

}  // namespace sideband
