#include "cli/exit_codes.h"

namespace sideband::cli {

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kRefused:
      return kRefused;
    case ErrorCode::kConflict:
      return kMoved;
    case ErrorCode::kPermission:
      return kNotPermitted;
    case ErrorCode::kCorrupt:
      return kProofFailed;
    case ErrorCode::kCancelled:
      return kInterrupted;
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
    case ErrorCode::kStorage:
    case ErrorCode::kInternal:
      return kUnreachable;
    case ErrorCode::kInvalid:
    case ErrorCode::kNotFound:
    case ErrorCode::kUnsupported:
      return kUsage;
  }
  return kUsage;
}

ExitCode exit_code_of_name(const std::string& code) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const auto candidate = static_cast<ErrorCode>(i);
    if (error_code_name(candidate) == code) return exit_code_of(candidate);
  }
  return kUnreachable;
}

ExitCode exit_code_of_state(const std::string& state) {
  if (state == "converged" || state == "compensated") return kOk;
  if (state == "awaiting_approval") return kWaiting;
  if (state == "superseded") return kMoved;
  if (state == "cancelled") return kRefused;
  return kNotConverged;
}

}  // namespace sideband::cli
