// One HTTP request at a time, by libcurl, for hosts that configuration names: no redirects, no
// proxies, no credentials from the environment, and only to addresses that were checked.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/deadline.h"
#include "net/address_rules.h"

namespace sideband {

// "https://shop.internal:8443/api", taken apart.
struct HttpBase {
  bool tls = true;
  std::string host;    // as it is resolved; IPv6 without brackets
  std::string origin;  // "https://shop.internal:8443"
  std::string port;
  std::string path;  // "/api", without a slash at its end
};
// kInvalid unless it is http or https with a host and a path at most: no user, query or fragment.
Result<HttpBase> parse_http_base(const std::string& text);

struct HttpPolicy {
  AddressRules addresses;
  bool only_loopback = false;  // for what goes without TLS
  std::string ca_file;         // empty: the system's
  Duration connect_timeout = std::chrono::seconds(5);
  std::size_t max_body = 64 * 1024;  // kept; the rest is read and dropped
};

struct HttpCall {
  std::string method;                // "POST"
  std::string target;                // path and query below the origin, "/api/restart?x=1"
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  bool has_body = false;
};

struct HttpReply {
  int status = 0;
  std::string location;                 // where a redirect pointed
  std::optional<Duration> retry_after;  // of RFC 9110, in seconds or by a date
  std::string body;
  std::size_t dropped = 0;  // bytes of the body beyond it
  // When the server's certificate ends to be valid; nothing without TLS.
  std::optional<WallTime> certificate_ends;
};

// Whether a text can stand in a header: no control characters.
bool is_header_value(std::string_view text);
bool is_header_name(std::string_view text);
// A path below which nothing surprising is reached: it begins with a slash, has no dot segments,
// no query, no fragment, no blank, no control character, no encoded slash or dot.
bool is_plain_path(std::string_view text);
// Everything but letters, digits and -._~ as %XX.
std::string url_encoded(std::string_view text);

// Blocks until the answer is there, the deadline passes, or `stop` is true, which is looked at
// about once a second. Looking up the name is not under the deadline. Errors have Effect::kNone as
// long as nothing was sent, else kMaybe: kPermission (for a person) for an address that is not
// allowed or a server whose certificate is not believed, kUnavailable, kTimeout, kCancelled.
Result<HttpReply> http_call(const HttpBase& base, const HttpPolicy& policy, const HttpCall& call,
                            const Deadline& deadline, const std::atomic<bool>& stop);

}  // namespace sideband
