// A libpq connection to the store's primary.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>

#include "base/check.h"

namespace sideband {

using PgLink = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using PgAnswer = std::unique_ptr<PGresult, void (*)(PGresult*)>;

// Blocks, for at most some seconds a host. With several hosts the primary among them is found; a
// standby alone is refused by libpq, whatever `where` asks for: it may show what never was. A
// server that vanished is noticed after some seconds too. Of a failed link PQerrorMessage tells.
PgLink open_link(const std::string& where);

}  // namespace sideband
