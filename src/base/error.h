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

// Whether trying again can help.
enum class Retry : std::uint8_t {
  kNever,
  kAfter,   // later by itself, a few times
  kPerson,  // only after a person changed something
  // Later by itself, as often as it takes: the target as a whole refuses now, whoever asks. It is
  // full, starting, read-only after a failover.
  kWhenReady,
};
// Whether it can help without a person.
constexpr bool cures_itself(Retry retry) {
  return retry == Retry::kAfter || retry == Retry::kWhenReady;
}

// Whether the failed call may nevertheless have changed the target.
enum class Effect : std::uint8_t { kNone, kMaybe };

// "message: said", and message alone where nothing was said.
std::string join_said(std::string_view message, std::string_view said);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  // One sentence, no trailing period needed; says where and what next. It goes to the log and to
  // audit records, which are kept: no values of a target in it.
  std::string message;
  Retry retry = Retry::kNever;
  Effect effect = Effect::kNone;
  // What a target said in its own words, which may hold its values. It is shown to who asked, and
  // kept with the outcome of a change, which is erased in time.
  std::string said = {};

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
  // Nothing was done, and whoever asks is refused for now.
  static Error not_ready(std::string message) {
    return {ErrorCode::kUnavailable, std::move(message), Retry::kWhenReady};
  }
  static Error timeout(std::string message, Effect effect) {
    return {ErrorCode::kTimeout, std::move(message), Retry::kAfter, effect};
  }
  static Error permission(std::string message) {
    return {ErrorCode::kPermission, std::move(message), Retry::kPerson};
  }

  // The same error, of which the target said this.
  [[nodiscard]] Error saying(std::string_view words) const;
  // For who asked: with what was said.
  [[nodiscard]] std::string whole() const { return join_said(message, said); }
  // The same error with `where: ` in front of its message.
  [[nodiscard]] Error in(std::string_view where) const;
};

// Stable lower-case name of a code ("not_found"); used in logs, the API and the audit log.
std::string_view error_code_name(ErrorCode code);

}  // namespace sideband
