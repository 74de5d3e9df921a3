// `db stats`: what a store holds, and what retention would erase of it.
#pragma once

#include <iosfwd>
#include <string>

#include "base/clock.h"
#include "model/settings.h"

namespace sideband::cli {

struct StatsArguments {
  std::string state;     // the state folder
  std::string postgres;  // connection string; empty = SQLite in the state folder
  RetentionSettings retention;
  std::string format = "table";  // table | json | name
};

// What the store holds, table by table, and what retention would erase of it and when. Changes
// nothing; a daemon may run. Exit code 0; 2 no store there, or one of another build; 7 no store can
// be reached.
int db_stats_command(const StatsArguments& arguments, const Clock& clock, std::ostream& out,
                     std::ostream& err);

}  // namespace sideband::cli
