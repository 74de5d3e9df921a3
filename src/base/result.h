// Result<T>: a value or an Error. Failure is daily business here, so it is a value that the
// compiler does not let a caller ignore; exceptions stop at thread entries and library borders.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace sideband {

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // The value; the process stops when there is none, so test ok() first.
  T& value() & { return check_ok(), *std::get_if<0>(&state_); }
  const T& value() const& { return check_ok(), *std::get_if<0>(&state_); }
  T&& value() && { return check_ok(), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // The error; the process stops when there is none.
  [[nodiscard]] const Error& error() const {
    SB_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  void check_ok() const { SB_CHECK(ok()); }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const {
    SB_CHECK(error_.has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace sideband

#define SB_CONCAT_INNER(a, b) a##b
#define SB_CONCAT(a, b) SB_CONCAT_INNER(a, b)

// Returns the error of `expression` from the enclosing function, if it has one.
#define SB_TRY(expression)                                \
  do {                                                    \
    if (auto sb_result = (expression); !sb_result.ok()) { \
      return sb_result.error();                           \
    }                                                     \
  } while (false)

// Declares `name` with the value of `expression`, or returns its error from the enclosing function.
#define SB_ASSIGN(name, expression)                    \
  auto SB_CONCAT(sb_result_, __LINE__) = (expression); \
  if (!SB_CONCAT(sb_result_, __LINE__).ok()) {         \
    return SB_CONCAT(sb_result_, __LINE__).error();    \
  }                                                    \
  name = std::move(SB_CONCAT(sb_result_, __LINE__)).value()
