// A Target of the http driver: one service and how it is spoken to.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "config/field_table.h"
#include "model/settings.h"
#include "net/http_client.h"

namespace sideband {

struct HttpTarget {
  std::string name;
  HttpBase base;
  HttpPolicy policy;
  bool plain_to_others = false;      // without TLS to another machine, as somebody asked for
  std::vector<std::string> headers;  // "Name: value"
  Secret authorization;              // the header's value; empty: none
  std::string key_header;            // what the idempotency key is sent in
  bool remembers = false;            // the service remembers keys
  bool fenced = false;               // the service refuses lower tokens
};

// Errors are for a person.
Result<HttpTarget> parse_http_target(const TargetSettings& target,
                                     config::OptionFaults* faults = nullptr);

// A call with the target's headers and credential. `path` and query are below the target's url.
HttpCall call_to(const HttpTarget& target, const std::string& method, const std::string& path);

// The options "PREFIX.NAME" as headers. kInvalid for what cannot be one, or is ours to say.
Result<std::vector<std::string>> parse_headers(const DriverOptions& options,
                                               const std::string& prefix);

}  // namespace sideband
