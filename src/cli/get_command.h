// `get`: lists.
#pragma once

#include <cstdint>
#include <string>

#include "cli/listing.h"
#include "cli/remote_context.h"

namespace sideband::cli {

struct GetOptions {
  std::string what;  // reconcilers, repairs, drifts, decisions, playbooks, signals
  std::string name;  // only of this reconciler or playbook; empty = of all
  bool active = false;
  std::int64_t limit = 0;  // 0 = as many as the API gives without being asked
};
// `get reconcilers [NAME] | playbooks [NAME] | repairs [RECONCILER] | drifts RECONCILER |
// decisions [RECONCILER] | signals`.
int get_command(RemoteContext& context, const GetOptions& options);

Listing repairs_listing();

}  // namespace sideband::cli
