// What the steps of playbooks work with: operations and collections of targets as configured now.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/uuid.h"
#include "engine/runtime/reconciler_runtime.h"
#include "model/playbook.h"
#include "model/principal.h"

namespace sideband {

// Thread-safe. A run pins its playbook, not its targets: where they are and by which credential
// they are reached is what the configuration says at the moment.
class PlaybookTargets {
 public:
  PlaybookTargets(TargetConnector connector, CurrentSettings settings)
      : connector_(std::move(connector)), settings_(std::move(settings)) {}

  // kNotFound: there is no such target any more. Else as Driver::operation and Driver::open.
  [[nodiscard]] Result<std::unique_ptr<Operation>> operation(const std::string& target) const;
  [[nodiscard]] Result<std::unique_ptr<Collection>> collection(const CollectionSettings& collection,
                                                               Role role) const;
  [[nodiscard]] bool has_target(const std::string& target) const;

  // Asks the call that this run has under way, if any, to end now. Does not wait for it.
  void stop(const Uuid& repair) const SB_EXCLUDES(mutex_);

  // Runs that have a call under way here which can be asked to end.
  [[nodiscard]] std::vector<Uuid> under_way() const SB_EXCLUDES(mutex_);

  // Null when it is not configured.
  [[nodiscard]] std::shared_ptr<const PlaybookSettings> playbook(const std::string& name) const;
  // Why the site's maxMode does not let this playbook be started; empty = it does.
  [[nodiscard]] std::string mode_in_the_way(const PlaybookSettings& playbook) const;
  // Whether `who` is one of `names`, or in a group among them: by the configuration, or by what
  // the authentication vouches for.
  [[nodiscard]] bool is_among(const std::vector<std::string>& names, const Principal& who) const;

 private:
  friend class RunningCall;
  [[nodiscard]] Result<TargetSettings> target(const std::string& name) const;

  TargetConnector connector_;
  CurrentSettings settings_;
  mutable Mutex mutex_;
  // By repair: a run has one call under way at most.
  mutable std::map<Uuid, std::pair<std::shared_ptr<Operation>, std::string>> running_
      SB_GUARDED_BY(mutex_);
};

// A call that is under way for as long as this object lives, so that it can be asked to end.
class RunningCall {
 public:
  RunningCall(const PlaybookTargets& tools, const Uuid& repair,
              std::shared_ptr<Operation> operation, std::string key);
  ~RunningCall();
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

 private:
  const PlaybookTargets& tools_;
  const Uuid repair_;
};

}  // namespace sideband
