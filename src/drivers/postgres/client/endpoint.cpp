#include "drivers/postgres/client/endpoint.h"

#include <algorithm>
#include <tuple>

#include "drivers/options.h"

namespace sideband {
namespace {

constexpr std::string_view kVerified = "verify-full";

// "127.0.0.1" and its like, digits and dots only: "127.evil.example" is a name.
bool is_loopback_address(const std::string& host) {
  if (host == "::1") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

Result<std::string> parse_sslmode(const OptionReader& connect, const PgEndpoint& endpoint) {
  const bool local = is_local_host(endpoint.host);
  const std::string mode = connect.text_or("sslmode", local ? "prefer" : std::string(kVerified));
  if (local || mode == kVerified || endpoint.unverified) return mode;
  return connect.wrong("sslmode",
                       "'" + mode + "' does not make sure that " + endpoint.host +
                           " is the server that it says it is; use verify-full with sslrootcert, "
                           "or say allowUnverified: true");
}

Result<std::string> parse_host(const OptionReader& connect) {
  SB_ASSIGN(const std::string host, connect.host_or("127.0.0.1"));
  // libpq would take a list, and the rule about TLS could then hold for one of them only.
  if (host.find(',') == std::string::npos) return host;
  return connect.wrong("host", "must be one host, not a list; make a Target of each");
}

}  // namespace

bool PgEndpoint::same_as(const PgEndpoint& other) const {
  const auto all = [](const PgEndpoint& e) {
    return std::tie(e.host, e.port, e.dbname, e.user, e.password.reveal(), e.sslmode, e.sslrootcert,
                    e.sslcert, e.sslkey, e.unverified, e.connect_timeout, e.statement_timeout);
  };
  return all(*this) == all(other);
}

bool is_local_host(const std::string& host) {
  return host.starts_with('/') || host.starts_with('@') || host == "localhost" ||
         is_loopback_address(host);
}

Result<PgEndpoint> parse_pg_endpoint(const TargetSettings& target, config::OptionFaults* faults) {
  const OptionReader connect(target.connect, "target " + target.name, faults);
  PgEndpoint out;
  SB_ASSIGN(out.host, parse_host(connect));
  SB_ASSIGN(const std::int64_t port, connect.count_or("port", 5432));
  if (port < 1 || port > 65535) return connect.wrong("port", "must be 1 to 65535");
  out.port = static_cast<std::uint16_t>(port);
  SB_ASSIGN(out.dbname, connect.text("dbname"));
  SB_ASSIGN(out.user, connect.text("user"));
  out.password = Secret(connect.text_or("password", ""));
  SB_ASSIGN(out.unverified, connect.flag_or("allowUnverified", false));
  SB_ASSIGN(out.sslmode, parse_sslmode(connect, out));
  out.sslrootcert = connect.text_or("sslrootcert", "");
  out.sslcert = connect.text_or("sslcert", "");
  out.sslkey = connect.text_or("sslkey", "");
  SB_ASSIGN(out.connect_timeout, connect.duration_or("timeout", out.connect_timeout));
  out.statement_timeout = target.limits.statement_timeout;
  return out;
}

}  // namespace sideband
