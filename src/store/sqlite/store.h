// The store in a SQLite file.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ports/store.h"
#include "store/migrate.h"
#include "store/stats.h"
#include "store/store_options.h"

namespace sideband {

struct SqliteOptions {
  std::string folder;           // holds sideband.db and lock; made with mode 0700 when missing
  std::string vfs;              // SQLite VFS by name, for tests; empty = the default
  int checkpoint_pages = 1000;  // the writer checkpoints when its log has so many pages
  // Raises the epoch of all later tokens; wanted after a backup was restored.
  bool raise_epoch = false;
  // Called when the medium failed. Default: log it and _exit(70), as the state is unknown then.
  std::function<void(const Error&)> on_fatal;
};

// Blocks until the store is ready. After an unclean stop the database (all but the audit leaves,
// which the audit log checks itself) goes through SQLite's quick_check first.
// kConflict: another process holds the folder, which the message names. kUnsupported: a newer
// build wrote it. kCorrupt: damaged; restore a backup. kStorage: the disk says no.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& sqlite,
                                                 const StoreOptions& options);

// What opening the store would do to its schema; changes nothing, also while a daemon runs.
// kUnsupported: a newer build wrote it.
Result<MigrationPlan> plan_sqlite_store(const std::string& folder);

// Looks at a store as it is, also while a daemon runs; reads all rows. `cut` says which rows of a
// class count as due. kNotFound: there is none. kUnsupported: its schema is not that of this build.
Result<StoreStats> stats_of_sqlite_store(const std::string& folder, const CutOf& cut);

}  // namespace sideband
