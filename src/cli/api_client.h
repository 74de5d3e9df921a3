// Calls the daemon's API over its unix socket.
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

// Blocks; not thread-safe.
class ApiClient {
 public:
  // `token_file` may be empty for what needs no identity.
  ApiClient(std::string socket, std::string token_file)
      : socket_(std::move(socket)), token_file_(std::move(token_file)) {}

  // Any HTTP status is an answer. kUnavailable: no daemon listens there; kPermission: the token
  // file cannot be read.
  // `key`: the Idempotency-Key of a request that starts a job; empty = none.
  Result<ApiAnswer> get(const std::string& path) { return call("GET", path, "", ""); }
  Result<ApiAnswer> post(const std::string& path, const std::string& json,
                         const std::string& key = "") {
    return call("POST", path, json, key);
  }

 private:
  Result<ApiAnswer> call(const std::string& method, const std::string& path,
                         const std::string& body, const std::string& key);
  std::string socket_;
  std::string token_file_;
};

// Member of a JSON object as text; empty when absent. Numbers and booleans as they are written.
std::string member(const Document& object, const std::string& key);
std::int64_t number(const Document& object, const std::string& key);
// The list behind "items", or an empty one.
const std::vector<Document>& items(const Document& body);
// A path segment or query value, percent-encoded.
std::string encoded(const std::string& text);

}  // namespace sideband::cli
