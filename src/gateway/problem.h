// Errors as HTTP: RFC 9457 problem details.
#pragma once

#include "base/error.h"
#include "gateway/http_server.h"

namespace sideband {

// Status by the error's code; the body has type, title, status, detail and code.
HttpResponse problem(const Error& error);
int http_status(ErrorCode code);

}  // namespace sideband
