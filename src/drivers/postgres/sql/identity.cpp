#include "drivers/postgres/sql/identity.h"

namespace sideband {
namespace {

std::string identity_sql() {
  return std::string("select ") + kPgSystem + " || '.' || " + kPgDatabase +
         ", case when pg_is_in_recovery() then upper(lpad(to_hex((select timeline_id from "
         "pg_control_checkpoint())), 8, '0')) else " +
         kPgTimeline + " end, case when pg_is_in_recovery() then '' else " + kPgRun +
         "::text end, pg_is_in_recovery(), case when pg_is_in_recovery() then -1 else "
         "pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::int8 end";
}

}  // namespace

Result<TargetIdentity> pg_identity(PgConnection& connection, const Deadline& deadline) {
  SB_ASSIGN(const PgAnswer answer, connection.query(identity_sql(), {}, deadline, "EXECUTE"));
  if (answer.rows() != 1) return Error::corrupt("PostgreSQL did not say which server it is");
  TargetIdentity identity;
  identity.data = answer.text(0, 0);
  identity.history = answer.text(0, 1);
  identity.run = answer.text(0, 2);
  identity.role = answer.truth(0, 3) ? "standby" : "primary";
  identity.position = answer.integer(0, 4);
  return identity;
}

Result<void> pg_accepts_writes(PgConnection& connection, const Deadline& deadline) {
  SB_ASSIGN(const PgAnswer answer,
            connection.query("select pg_is_in_recovery()", {}, deadline, "EXECUTE"));
  if (answer.rows() == 1 && !answer.truth(0, 0)) return {};
  return Error::not_ready("PostgreSQL: the server is a standby, which takes no writes");
}

}  // namespace sideband
