// What PostgreSQL's error codes mean to us.
// https://www.postgresql.org/docs/15/errcodes-appendix.html
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "drivers/without_values.h"

namespace sideband {

// Who asks for what: names the missing grant in a message.
struct PgNeed {
  std::string_view privileges = "SELECT";  // "SELECT, UPDATE"
  std::string_view user;
};

// `said`, a message of the server with this SQLSTATE: whole where its class names columns, types
// and constraints only.
TargetWords pg_words(std::string_view sqlstate, const std::string& said);
// The same of words that are not the server's own.
TargetWords pg_foreign_words(std::string_view sqlstate, const std::string& said);

// The error of an SQLSTATE. kConflict: this row was refused (a constraint, a value that is not of
// its type, a trigger that raised), others may go on. kPermission and wrong SQL need a person.
// Everything that another attempt may get past has Retry::kAfter, and Retry::kWhenReady where the
// server refuses whoever asks: read-only, out of disk, memory or connections, starting.
// Effect::kNone throughout: what a failed COMMIT means is for its caller.
Error pg_error(std::string_view sqlstate, const std::string& message, const PgNeed& need);

// The error of a connection that was not made, from the verbose message of libpq: the SQLSTATE is
// in its text only.
Error pg_connect_error(const std::string& verbose, const PgNeed& need);

}  // namespace sideband
