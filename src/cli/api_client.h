// Calls the daemon's API, over its unix socket or over TLS.
#pragma once

#include <string>

#include "base/result.h"
#include "model/document.h"

namespace sideband::cli {

struct ApiAnswer {
  int status = 0;
  std::string text;
  Document body;  // null when the answer is no JSON
};

// Where a daemon is, and by what it knows who asks.
struct ApiPlace {
  std::string socket;
  std::string server;            // "https://host:9471"; empty: the socket
  std::string ca;                // PEM file; empty: who this machine believes
  std::string token_file;        // may be empty for what needs no identity
  std::string certificate = {};  // PEM file of a client; empty: none
  std::string key = {};          // its key
};

// kInvalid: it is no https address of a host alone.
Result<void> check_server(const std::string& server);

// Blocks; not thread-safe.
class ApiClient {
 public:
  explicit ApiClient(ApiPlace place) : place_(std::move(place)) {}

  // Any HTTP status is an answer. kUnavailable: no daemon listens there, or it is not believed to
  // be the one that was named; kPermission: the token file cannot be read; kInvalid: the server is
  // no https address. A token is only ever sent over the socket or to a server that is believed.
  // `key`: the Idempotency-Key of a request that starts a job; empty = none.
  Result<ApiAnswer> get(const std::string& path) { return call("GET", path, "", ""); }
  Result<ApiAnswer> post(const std::string& path, const std::string& json,
                         const std::string& key = "") {
    return call("POST", path, json, key);
  }

 private:
  Result<ApiAnswer> call(const std::string& method, const std::string& path,
                         const std::string& body, const std::string& key);
  const ApiPlace place_;
};

// Member of a JSON object as text; empty when absent. Numbers and booleans as they are written.
std::string member(const Document& object, const std::string& key);
std::int64_t number(const Document& object, const std::string& key);
// The list behind "items", or an empty one.
const std::vector<Document>& items(const Document& body);
// A path segment or query value, percent-encoded.
std::string encoded(const std::string& text);

}  // namespace sideband::cli
