// What a route lets somebody do, and who may.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/principal.h"

namespace sideband {

enum class Permission : std::uint8_t {
  kRead,      // what there is, values of plans included
  kScan,      // have a reconciler looked at
  kRepair,    // start, take back or try again a repair
  kReview,    // approve or reject what somebody else asked for
  kStop,      // cancel, pause
  kResume,    // take a pause back, believe a source
  kPlaybook,  // start and confirm; the playbook says who
  kAudit,     // take the log out
  kBackup,    // copy the store
};

// "read", "scan", ...
std::string_view permission_name(Permission permission);

// The one place that says who may do what. By now everybody with a name may do everything, but the
// loop, which does not ask over the API; that the one who asks is not the one who approves is a
// rule of the repair, in the transaction that approves it.
[[nodiscard]] bool allowed(const Principal& caller, Permission permission);

}  // namespace sideband
