// The store in a PostgreSQL database, which several nodes may share.
#pragma once

#include <memory>
#include <string>

#include "ports/store.h"
#include "store/migrate.h"
#include "store/stats.h"
#include "store/store_options.h"

namespace sideband {

struct PostgresOptions {
  std::string connection;  // libpq connection string or URI
  bool raise_epoch = false;
};

// Blocks until the store is ready. kUnavailable: the server cannot be reached. kUnsupported: a
// newer build wrote it.
Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& postgres,
                                                   const StoreOptions& options);

// What opening the store would do to its schema; changes nothing, also while a daemon runs.
// kUnsupported: a newer build wrote it.
Result<MigrationPlan> plan_postgres_store(const std::string& connection);

// Looks at a store as it is, also while a daemon runs; reads all rows. `cut` says which rows of a
// class count as due. kNotFound: there is none. kUnsupported: its schema is not that of this build.
Result<StoreStats> stats_of_postgres_store(const std::string& connection, const CutOf& cut);

}  // namespace sideband
