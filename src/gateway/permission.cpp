#include "gateway/permission.h"

namespace sideband {

std::string_view permission_name(Permission permission) {
  constexpr std::string_view kNames[] = {"read",   "scan",     "repair", "review", "stop",
                                         "resume", "playbook", "audit",  "backup"};
  return kNames[static_cast<std::size_t>(permission)];
}

bool allowed(const Principal& caller, Permission permission) {
  switch (permission) {
    case Permission::kRead:
    case Permission::kScan:
    case Permission::kRepair:
    case Permission::kReview:
    case Permission::kStop:
    case Permission::kResume:
    case Permission::kPlaybook:
    case Permission::kAudit:
    case Permission::kBackup:
      return caller.kind() != Principal::Kind::kLoop;
  }
  return false;
}

}  // namespace sideband
