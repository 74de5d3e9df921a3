// `db migrate`: brings the schema of a store to the one of this build.
#pragma once

#include <iosfwd>
#include <string>

#include "base/clock.h"

namespace sideband::cli {

struct MigrateArguments {
  std::string state;     // the state folder
  std::string postgres;  // connection string; empty = SQLite in the state folder
  bool plan = false;     // only say what would be done
};

// Says what a start of this build would do to the schema, and does it unless `plan`. Exit code 0; 2
// a newer build wrote the store; 6 a daemon holds the folder; 7 no store can be reached.
int db_migrate_command(const MigrateArguments& arguments, const Clock& clock, std::ostream& out,
                       std::ostream& err);

}  // namespace sideband::cli
