// `describe`: one thing with all that belongs to it.
#pragma once

#include <cstdint>
#include <string>

#include "cli/remote_context.h"

namespace sideband::cli {

struct DescribeOptions {
  std::string what;
  std::int64_t limit = 20;  // of keys that were not done, and of last repairs
};
// `describe WHAT`: a repair by its id, with approvals, plan, and up to `limit` keys that were not
// done; a reconciler or a playbook by its name. "playbook/NAME" is always the playbook.
int describe_command(RemoteContext& context, const DescribeOptions& options);

}  // namespace sideband::cli
