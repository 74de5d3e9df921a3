// Which server and which database a connection reached. The expressions of SQL stand here once:
// positions and marks are made of them too.
#pragma once

#include <string>

#include "drivers/postgres/client/connection.h"
#include "model/target_identity.h"

namespace sideband {

// The cluster's data, the same on its standbys and in its copies.
inline constexpr const char* kPgSystem = "(select system_identifier from pg_control_system())";
// 8 hexadecimal digits; changes with each promotion and each recovery to a point in time. Not while
// in recovery, where the name of a log file cannot be asked.
inline constexpr const char* kPgTimeline = "left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)";
inline constexpr const char* kPgDatabase =
    "(select oid from pg_database where datname = current_database())";
// The start of the server, in seconds.
inline constexpr const char* kPgRun = "extract(epoch from pg_postmaster_start_time())";

// A standby has no run: which of several one reaches does not matter, because nothing is learnt
// from it that counts longer than a look.
Result<TargetIdentity> pg_identity(PgConnection& connection, const Deadline& deadline);

// Retry::kWhenReady on a standby, which takes no writes until it is promoted.
Result<void> pg_accepts_writes(PgConnection& connection, const Deadline& deadline);

}  // namespace sideband
