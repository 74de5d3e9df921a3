// What is wrong in the configuration files of a PostgreSQL server, by its own word.
#pragma once

#include <string>
#include <vector>

#include "checkup/finding.h"
#include "checkup/postgres_session.h"

namespace sideband::scan {

struct ConfigurationError {
  std::string file;
  std::string what;  // "line 3: ...: a reload is refused"
};

struct ConfigurationErrors {
  std::vector<ConfigurationError> errors;
  std::vector<Gap> gaps;  // views that this role may not read
};

// The views read the files as they are now. A session that read pg_file_settings has marks in
// pg_settings.pending_restart that others do not have: ask for these before.
ConfigurationErrors read_configuration_errors(PostgresSession& session, const Deadline& deadline);

}  // namespace sideband::scan
