// A credential in memory: never printed, never logged, wiped when it goes.
#pragma once

#include <string.h>

#include <string>

namespace sideband {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(Secret&&) = default;
  ~Secret() { explicit_bzero(value_.data(), value_.size()); }

  // The value itself, for the one call that needs it.
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

}  // namespace sideband
