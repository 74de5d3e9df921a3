#include "drivers/postgres/client/errors.h"

#include <array>

#include "drivers/options.h"
#include "drivers/sql_source.h"
#include "drivers/without_values.h"

namespace sideband {
namespace {

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> starts) {
  for (const std::string_view start : starts) {
    if (text.starts_with(start)) return true;
  }
  return false;
}

struct Kind {
  std::string_view word;   // as the server's message has it
  std::string_view grant;  // "" = the privileges of the need
  std::string_view on;
};

// In quotes where SQL needs them and the message has none.
std::string as_name(std::string_view name) {
  const bool plain =
      name.starts_with('"') ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  return plain ? std::string(name) : quote_name(name);
}

// "permission denied for table prices" to "GRANT SELECT ON prices TO sideband"; empty where the
// message is another one.
std::string grant_for(const std::string& message, const PgNeed& need) {
  static constexpr std::array<Kind, 8> kKinds = {{{"materialized view ", "", ""},
                                                  {"foreign table ", "", ""},
                                                  {"table ", "", ""},
                                                  {"view ", "", ""},
                                                  {"schema ", "USAGE", "SCHEMA "},
                                                  {"sequence ", "USAGE", "SEQUENCE "},
                                                  {"database ", "CONNECT", "DATABASE "},
                                                  {"function ", "EXECUTE", "FUNCTION "}}};
  constexpr std::string_view kStart = "permission denied for ";
  const std::size_t at = message.find(kStart);
  if (at == std::string::npos) return "";
  const std::string_view rest = std::string_view(message).substr(at + kStart.size());
  for (const Kind& kind : kKinds) {
    if (!rest.starts_with(kind.word)) continue;
    const std::string_view name = rest.substr(kind.word.size());
    return "GRANT " + std::string(kind.grant.empty() ? need.privileges : kind.grant) + " ON " +
           std::string(kind.on) + as_name(name) + " TO " + as_name(need.user);
  }
  return "";
}

Error denied(const std::string& message, const PgNeed& need) {
  if (message.find("row-level security") != std::string::npos) {
    return Error::permission(message +
                             "; rows that a policy hides would look absent: give the user a role "
                             "with BYPASSRLS, or read a view that has no policy");
  }
  const std::string grant = grant_for(message, need);
  return Error::permission(message + (grant.empty() ? "" : "; run: " + grant));
}

// "FATAL:  28P01: password authentication failed" has its code between two colons; local errors of
// libpq have none.
std::string_view sqlstate_in(std::string_view verbose) {
  for (std::size_t at = verbose.find(":  "); at != std::string_view::npos;
       at = verbose.find(":  ", at + 1)) {
    const std::string_view rest = verbose.substr(at + 3);
    const bool code = rest.size() > 7 && rest.substr(5, 2) == ": " &&
                      rest.substr(0, 5).find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
                          std::string_view::npos;
    if (code) return rest.substr(0, 5);
  }
  return {};
}

// The first line without the code: what follows it is about the server's sources.
std::string plain_message(std::string_view verbose, std::string_view sqlstate) {
  std::string line(verbose.substr(0, verbose.find("\nLOCATION")));
  while (!line.empty() && line.back() == '\n') line.pop_back();
  if (sqlstate.empty()) return line;
  const std::size_t at = line.find(std::string(sqlstate) + ": ");
  return line.erase(at, 7);
}

// Classes that the server uses for itself, of those that are left.
bool is_servers_own(std::string_view sqlstate) {
  return starts_with_any(
      sqlstate, {"00", "01", "02", "03", "08", "0B", "0F", "0L", "0P", "0Z", "20", "24", "25", "26",
                 "2B", "2D", "34", "3B", "40", "53", "55", "57", "58", "72", "F0", "HV", "XX"});
}

// Whoever asks is refused for now: a standby, which may be a primary again soon, or our next
// connection may reach one; a full disk, no memory, no free connection; a server that starts.
bool refuses_everybody(std::string_view sqlstate, std::string_view message) {
  return message.find("during recovery") != std::string_view::npos ||
         starts_with_any(sqlstate, {"25006", "53", "57P03"});
}

bool needs_person(const std::string& local_message) {
  for (const char* part : {"no password supplied", "certificate", "does not support SSL",
                           "private key", "invalid sslmode"}) {
    if (local_message.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TargetWords pg_foreign_words(std::string_view sqlstate, const std::string& said) {
  return {"refused with SQLSTATE " + std::string(sqlstate.empty() ? "unknown" : sqlstate), said};
}

// https://www.postgresql.org/docs/15/errcodes-appendix.html
TargetWords pg_words(std::string_view sqlstate, const std::string& said) {
  const bool names = starts_with_any(
      sqlstate, {"00", "01", "03", "08", "0A", "0B", "20", "23", "24", "25", "26", "28", "2B", "2D",
                 "34", "3B", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "72", "F0"});
  if (names || sqlstate.empty()) return {said, ""};
  return sqlstate.starts_with("22") ? without_values(said) : pg_foreign_words(sqlstate, said);
}

Error pg_error(std::string_view sqlstate, const std::string& message, const PgNeed& need) {
  if (sqlstate == "42501") return denied(message, need);
  if (sqlstate.starts_with("28")) {
    return Error::permission(message + "; check user, password and the server's pg_hba.conf");
  }
  if (refuses_everybody(sqlstate, message)) return Error::not_ready(message);
  if (sqlstate == "57014") return Error::timeout(message, Effect::kNone);
  if (starts_with_any(sqlstate, {"XX001", "XX002"})) return for_person(Error::corrupt(message));
  if (starts_with_any(sqlstate,
                      {"09", "21", "22", "23", "27", "2F", "38", "39", "44", "P0", "54"})) {
    return Error::conflict(message);
  }
  if (starts_with_any(sqlstate, {"0A", "3D", "3F", "42"})) {
    return for_person(Error::invalid(message));
  }
  // Whoever chose a class of his own said no to what he was asked.
  if (!sqlstate.empty() && !is_servers_own(sqlstate)) return Error::conflict(message);
  return Error::unavailable(message);
}

Error pg_connect_error(const std::string& verbose, const PgNeed& need) {
  const std::string_view sqlstate = sqlstate_in(verbose);
  const std::string message = plain_message(verbose, sqlstate);
  if (!sqlstate.empty()) return pg_error(sqlstate, message, need);
  return needs_person(message) ? Error::permission(message) : Error::unavailable(message);
}

}  // namespace sideband
