#include "drivers/http/target.h"

#include <algorithm>

#include "base/bytes.h"
#include "drivers/options.h"

namespace sideband {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// What says where a request ends and whose it is.
bool is_ours(const std::string& name) {
  constexpr const char* kOurs[] = {"host",          "content-length",  "transfer-encoding",
                                   "connection",    "expect",          "te",
                                   "trailer",       "upgrade",         "keep-alive",
                                   "authorization", "idempotency-key", "traceparent",
                                   "cookie",        "sideband-token",  "proxy-authorization"};
  return std::find(std::begin(kOurs), std::end(kOurs), lower(name)) != std::end(kOurs);
}

Result<Secret> parse_authorization(const OptionReader& connect) {
  const std::string bearer = connect.text_or("bearer", "");
  const std::string user = connect.text_or("user", "");
  if (connect.has_secret("bearer") && !user.empty()) {
    return connect.wrong("user", "cannot stand beside bearer; give one of them");
  }
  if (user.find(':') != std::string::npos) return connect.wrong("user", "cannot have a colon");
  const Secret out(!bearer.empty() ? "Bearer " + bearer
                   : user.empty()
                       ? ""
                       : "Basic " + to_base64(user + ':' + connect.text_or("password", "")));
  if (is_header_value(out.reveal())) return out;
  return connect.wrong("bearer", "has a control character in it, such as a line break");
}

// TLS is needed to leave this machine. A name that leads elsewhere than configuration thinks is
// caught where the address is checked: only what is loopback may be spoken to in plain.
Result<void> check_tls(const OptionReader& connect, HttpTarget& out) {
  if (out.base.tls) return {};
  if (connect.text_or("tls", "required") == "none") {
    out.plain_to_others = true;
    return {};
  }
  const std::string& host = out.base.host;
  const bool numeric = host.find_first_not_of("0123456789.") == std::string::npos;
  out.policy.only_loopback =
      host == "localhost" || host == "::1" || (numeric && host.starts_with("127."));
  if (out.policy.only_loopback) return {};
  return connect.wrong("url", "to another machine it must be https://, or say tls: none");
}

}  // namespace

Result<std::vector<std::string>> parse_headers(const DriverOptions& options,
                                               const std::string& prefix) {
  std::vector<std::string> out;
  const std::string start = prefix + '.';
  for (auto at = options.lower_bound(start); at != options.end() && at->first.starts_with(start);
       ++at) {
    const std::string name = at->first.substr(start.size());
    if (!is_header_name(name)) return Error::invalid("\"" + name + "\" is no name of a header");
    if (is_ours(name)) return Error::invalid("the header " + name + " is set by sideband");
    if (!is_header_value(at->second)) {
      return Error::invalid("the value of " + name + " has a control character in it");
    }
    // For curl a header without a value is written with a semicolon.
    out.push_back(at->second.empty() ? name + ';' : name + ": " + at->second);
  }
  return out;
}

Result<HttpTarget> parse_http_target(const TargetSettings& target, config::OptionFaults* faults) {
  const OptionReader connect(target.connect, "target " + target.name, faults);
  HttpTarget out;
  out.name = target.name;
  SB_ASSIGN(const std::string url, connect.text("url"));
  auto base = parse_http_base(url);
  if (!base) return connect.wrong("url", base.error().message);
  out.base = std::move(*base);
  auto rules = AddressRules::parse(connect.lines("allow"));
  if (!rules) return connect.wrong("allow", rules.error().message);
  out.policy.addresses = std::move(*rules);
  out.policy.ca_file = connect.text_or("ca", "");
  SB_ASSIGN(out.policy.connect_timeout, connect.duration_or("timeout", out.policy.connect_timeout));
  SB_TRY(check_tls(connect, out));
  auto headers = parse_headers(target.connect, "headers");
  if (!headers) return connect.wrong("headers", headers.error().message);
  out.headers = std::move(*headers);
  SB_ASSIGN(out.authorization, parse_authorization(connect));
  out.key_header = connect.text_or("idempotencyHeader", "");
  out.remembers = !out.key_header.empty();
  if (!out.remembers) out.key_header = "Idempotency-Key";
  if (!is_header_name(out.key_header)) return connect.wrong("idempotencyHeader", "is no header");
  SB_ASSIGN(out.fenced, connect.flag_or("fenced", false));
  return out;
}

HttpCall call_to(const HttpTarget& target, const std::string& method, const std::string& path) {
  HttpCall call;
  call.method = method;
  call.target = target.base.path + path;
  call.headers = target.headers;
  const std::string& authorization = target.authorization.reveal();
  if (!authorization.empty()) call.headers.push_back("Authorization: " + authorization);
  call.headers.emplace_back("User-Agent: sideband");
  return call;
}

}  // namespace sideband
