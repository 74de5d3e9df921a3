// Who acts: what an authentication found out, once, and what everything after it carries along.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sideband {

// The name of the loop itself: as requester, and in records.
inline constexpr std::string_view kLoopIdentity = "sideband";

// A plain value that always has a name: there is no way to make one without. Whoever holds one need
// not ask again who it is.
class Principal {
 public:
  enum class Kind : std::uint8_t {
    kPerson,   // also whoever acts by a person's token
    kService,  // a program with an identity of its own
    kLoop,     // Sideband itself
  };

  // kInvalid: the name is empty. `authenticated_by` says how it is known, such as "local token";
  // `groups` are those that the authentication itself vouches for, beside the configuration's.
  static Result<Principal> make(std::string name, Kind kind, std::string authenticated_by,
                                std::vector<std::string> groups = {}) {
    if (name.empty()) return Error::invalid("an identity must have a name");
    return Principal(std::move(name), kind, std::move(authenticated_by), std::move(groups));
  }

  // Who acts when nobody asked.
  static Principal loop() {
    return Principal(std::string(kLoopIdentity), Kind::kLoop, "itself", {});
  }

  // What the store and the audit log keep of it.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& authenticated_by() const { return authenticated_by_; }
  [[nodiscard]] const std::vector<std::string>& groups() const { return groups_; }

 private:
  Principal(std::string name, Kind kind, std::string authenticated_by,
            std::vector<std::string> groups)
      : name_(std::move(name)),
        kind_(kind),
        authenticated_by_(std::move(authenticated_by)),
        groups_(std::move(groups)) {}

  std::string name_;
  Kind kind_;
  std::string authenticated_by_;
  std::vector<std::string> groups_;
};

}  // namespace sideband
