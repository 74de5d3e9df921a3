// A request on its way through the routes, and what they all work with.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "engine/runtime/engine.h"
#include "gateway/http_server.h"
#include "gateway/identities.h"
#include "gateway/route_doc.h"

namespace sideband {

// A request of a route that is open to everybody: nobody knows who asks.
struct OpenCall {
  HttpRequest request;
  HttpRespond respond;
};

// A request that has passed the front door, with who asks, as it was found out for its head, and
// what its route matched.
struct Call {
  Principal caller;
  HttpRequest request;
  std::vector<std::string> arguments;  // of the path's {placeholders}
  RequestKey key;                      // its Idempotency-Key
  const RouteDoc* doc;                 // of its route
  HttpRespond respond;
};

// What the routes need besides the engine.
struct GatewayParts {
  Engine& engine;
  Store& store;
  Metrics& metrics;
  const Clock& clock;
  Identities& identities;
  std::function<Result<void>()> alive;  // why the process should be started again; ok = it works
  std::function<Result<void>()> ready;  // why we are not; ok = ready
  // Writes an export of the audit log to a folder, as records or as tiles; a proof of one leaf as
  // text.
  std::function<Result<std::string>(const std::string& folder, bool as_tiles)> audit_export;
  std::function<Result<std::string>(std::int64_t index)> audit_proof;
  // Copies the store into a new file for somebody.
  std::function<Result<std::string>(const std::string& file, const Principal& by)> backup;
  std::string version = {};  // of the program, for its OpenAPI document
};

}  // namespace sideband
