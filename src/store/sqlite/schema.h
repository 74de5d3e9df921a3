// The SQLite schema, version by version.
#pragma once

#include <span>

#include "store/migrate.h"

namespace sideband {

std::span<const Migration> sqlite_migrations();

}  // namespace sideband
