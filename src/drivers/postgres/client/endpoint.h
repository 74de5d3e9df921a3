// Where a PostgreSQL server is and how it is spoken to.
#pragma once

#include <cstdint>
#include <string>

#include "base/secret.h"
#include "config/field_table.h"
#include "model/settings.h"

namespace sideband {

struct PgEndpoint {
  std::string host;  // a name, an address, or the folder of a unix socket
  std::uint16_t port = 5432;
  std::string dbname;
  std::string user;
  Secret password;
  std::string sslmode;
  std::string sslrootcert;  // files; empty = libpq's default
  std::string sslcert;
  std::string sslkey;
  bool unverified = false;  // this network is used without a verified server, as somebody asked for
  Duration connect_timeout = std::chrono::seconds(5);
  Duration statement_timeout = std::chrono::seconds(30);

  [[nodiscard]] bool same_as(const PgEndpoint& other) const;
};

// From the connect options of a target. Errors are for a person: a wrong option, or a server that
// is not on this machine without sslmode verify-full and without allowUnverified.
Result<PgEndpoint> parse_pg_endpoint(const TargetSettings& target,
                                     config::OptionFaults* faults = nullptr);

// Whether nothing between here and this host can be listened to: a unix socket or loopback.
bool is_local_host(const std::string& host);

}  // namespace sideband
