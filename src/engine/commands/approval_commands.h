// What people say of repairs that wait for them.
#pragma once

#include <string>

#include "engine/playbook/playbook_targets.h"
#include "engine/runtime/context.h"
#include "model/principal.h"

namespace sideband {

// Thread-safe. Calls block until the effect is durable.
class ApprovalCommands {
 public:
  ApprovalCommands(EngineContext& context, const PlaybookTargets& tools)
      : context_(context), tools_(tools) {}

  // kPermission: the requester itself, somebody outside approval.from; kConflict: the hash is not
  // this plan's, or the configuration changed; kRefused: expired.
  Result<Repair> approve(const Uuid& repair, const Principal& by, const std::string& plan_hash,
                         const std::string& comment);
  // kConflict: it does not wait for an approval.
  Result<Repair> reject(const Uuid& repair, const Principal& by, const std::string& comment);

 private:
  EngineContext& context_;
  const PlaybookTargets& tools_;
};

}  // namespace sideband
