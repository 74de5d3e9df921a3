// What the steps of playbooks work with: operations and collections of targets as configured now.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/execute/running_calls.h"
#include "engine/runtime/reconciler_runtime.h"
#include "model/playbook.h"
#include "model/principal.h"

namespace sideband {

// Thread-safe. A run pins its playbook, not its targets: where they are and by which credential
// they are reached is what the configuration says at the moment.
class PlaybookTargets {
 public:
  PlaybookTargets(TargetConnector connector, CurrentSettings settings,
                  std::shared_ptr<RunningCalls> calls)
      : connector_(std::move(connector)),
        settings_(std::move(settings)),
        calls_(std::move(calls)) {}

  // kNotFound: there is no such target any more. Else as Driver::operation and Driver::open.
  [[nodiscard]] Result<std::unique_ptr<Operation>> operation(const std::string& target) const;
  [[nodiscard]] Result<std::unique_ptr<Collection>> collection(const CollectionSettings& collection,
                                                               Role role) const;
  [[nodiscard]] bool has_target(const std::string& target) const;

  // Where the calls of runs are noted while they are under way.
  [[nodiscard]] RunningCalls& calls() const { return *calls_; }

  // Null when it is not configured.
  [[nodiscard]] std::shared_ptr<const PlaybookSettings> playbook(const std::string& name) const;
  // Why the site's maxMode does not let this playbook be started; empty = it does.
  [[nodiscard]] std::string mode_in_the_way(const PlaybookSettings& playbook) const;
  // Whether `who` is one of `names`, or in a group among them: by the configuration, or by what
  // the authentication vouches for.
  [[nodiscard]] bool is_among(const std::vector<std::string>& names, const Principal& who) const;

 private:
  [[nodiscard]] Result<TargetSettings> target(const std::string& name) const;

  TargetConnector connector_;
  CurrentSettings settings_;
  std::shared_ptr<RunningCalls> calls_;
};

}  // namespace sideband
