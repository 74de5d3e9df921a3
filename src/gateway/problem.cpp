#include "gateway/problem.h"

#include "base/jcs.h"

namespace sideband {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return 400;
    case ErrorCode::kPermission:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kRefused:
      return 422;
    case ErrorCode::kUnsupported:
      return 501;
    case ErrorCode::kTimeout:
      return 504;
    case ErrorCode::kStorage:
      return 507;
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
      return 503;
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

HttpResponse problem(const Error& error) {
  HttpResponse response;
  response.status = http_status(error.code);
  response.type = "application/problem+json";
  const std::string name(error_code_name(error.code));
  JsonObject body;
  body.add("type", "/problems/" + name).add("title", name).add("status", response.status);
  body.add("detail", error.whole()).add("code", name);
  response.body = body.text() + "\n";
  return response;
}

}  // namespace sideband
