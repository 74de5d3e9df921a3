// Brings a database to the schema this build knows.
#pragma once

#include <span>

#include "store/connection.h"

namespace sideband {

struct Migration {
  std::int64_t version;
  const char* script;
};

// Runs the migrations that table "migrations" does not list, each in its own transaction. A
// database of a newer build is refused with kUnsupported: it may mean things that this one breaks.
Result<void> migrate(Connection& connection, std::span<const Migration> migrations, WallTime now);

}  // namespace sideband
