// sideband silence add, list, expire. Each returns the exit code.
#pragma once

#include <string>
#include <vector>

#include "cli/listing.h"
#include "cli/remote_context.h"

namespace sideband::cli {

struct SilenceOptions {
  std::string reconciler;
  std::string owner;
  std::string target;
  std::vector<std::string> labels;
  bool all = false;
  std::string length;
  std::string reason;
  bool dry_run = false;
};
int silence_add_command(RemoteContext& context, const SilenceOptions& options);
int silence_list_command(RemoteContext& context);
int silence_expire_command(RemoteContext& context, const std::string& id);

Listing silences_listing();

}  // namespace sideband::cli
