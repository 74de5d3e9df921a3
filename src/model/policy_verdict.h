// What a policy of others says of a plan.
#pragma once

#include <string>
#include <vector>

namespace sideband {

struct PolicyVerdict {
  bool allow = false;
  bool defined = true;  // false: there is no such document, or it is undefined, which denies
  std::vector<std::string> reasons = {};  // the policy's own, the first few of them, clipped
  std::string decision_id = {};           // by which the server's own log names it; may be empty

  bool operator==(const PolicyVerdict&) const = default;
};

}  // namespace sideband
