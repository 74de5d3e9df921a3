// The PostgreSQL schema, version by version.
#pragma once

#include <span>

#include "store/migrate.h"

namespace sideband {

std::span<const Migration> postgres_migrations();

}  // namespace sideband
