// Holds answers of the daemon to its own OpenAPI document, more strictly than a client may: a
// member that the document does not name is a failure.
#pragma once

#include <string>

#include "support/http_peer.h"

namespace sideband::e2e {

// A test failure with the place when an answer is not as the document says. `path` may have a
// query.
void expect_as_documented(const std::string& method, const std::string& path,
                          const HttpAnswer& answer);

}  // namespace sideband::e2e
