// What went wrong, and what a caller may do about it.
//
// An Error is a plain value: copyable, no ownership, safe to pass between threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sideband {

enum class ErrorCode : std::uint8_t {
  kInvalid,      // the caller's input is wrong
  kNotFound,     // the named thing does not exist
  kConflict,     // the state is not the one the caller relied on
  kRefused,      // a gate or a rule said no
  kPermission,   // this identity (ours or the caller's) lacks a grant
  kUnavailable,  // a target or a store cannot be reached now
  kTimeout,      // a deadline passed
  kStorage,      // our own store failed; the process must not go on pretending
  kCorrupt,      // stored or received bytes are damaged
  kUnsupported,  // this build or this target cannot do it
  kCancelled,    // somebody stopped it
  kInternal,     // a bug of ours
};

// Whether trying again can help: later by itself, never, or only after a person changed something.
enum class Retry : std::uint8_t { kNever, kAfter, kPerson };

// Whether the failed call may nevertheless have changed the target.
enum class Effect : std::uint8_t { kNone, kMaybe };

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // one sentence, no trailing period needed; says where and what next
  Retry retry = Retry::kNever;
  Effect effect = Effect::kNone;

  static Error invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message)}; }
  static Error not_found(std::string message) { return {ErrorCode::kNotFound, std::move(message)}; }
  static Error conflict(std::string message) { return {ErrorCode::kConflict, std::move(message)}; }
  static Error corrupt(std::string message) { return {ErrorCode::kCorrupt, std::move(message)}; }
  static Error internal(std::string message) { return {ErrorCode::kInternal, std::move(message)}; }
  static Error storage(std::string message) { return {ErrorCode::kStorage, std::move(message)}; }
  static Error unsupported(std::string message) {
    return {ErrorCode::kUnsupported, std::move(message)};
  }
  static Error refused(std::string message) { return {ErrorCode::kRefused, std::move(message)}; }
  static Error unavailable(std::string message) {
    return {ErrorCode::kUnavailable, std::move(message), Retry::kAfter};
  }
  static Error timeout(std::string message, Effect effect) {
    return {ErrorCode::kTimeout, std::move(message), Retry::kAfter, effect};
  }
  static Error permission(std::string message) {
    return {ErrorCode::kPermission, std::move(message), Retry::kPerson};
  }

  // The same error with `where: ` in front of its message.
  [[nodiscard]] Error in(std::string_view where) const;
};

// Stable lower-case name of a code ("not_found"); used in logs, the API and the audit log.
std::string_view error_code_name(ErrorCode code);

}  // namespace sideband
