// What the steps of playbooks work with: operations and collections of targets as configured now.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/channel.h"
#include "model/playbook.h"

namespace sideband {

// Thread-safe. A run pins its playbook, not its targets: where they are and by which credential
// they are reached is what the configuration says at the moment.
class PlaybookTools {
 public:
  using CurrentSettings = std::function<std::shared_ptr<const Settings>()>;
  PlaybookTools(Opener opener, CurrentSettings settings)
      : opener_(std::move(opener)), settings_(std::move(settings)) {}

  // kNotFound: there is no such target any more. Else as Driver::operation and Driver::open.
  [[nodiscard]] Result<std::unique_ptr<Operation>> operation(const std::string& target) const;
  [[nodiscard]] Result<std::unique_ptr<Collection>> collection(const CollectionSettings& collection,
                                                               Role role) const;
  [[nodiscard]] bool has_target(const std::string& target) const;

  // Null when it is not configured.
  [[nodiscard]] std::shared_ptr<const PlaybookSettings> playbook(const std::string& name) const;
  // Whether `identity` is one of `names`, or a member of a group among them.
  [[nodiscard]] bool is_among(const std::vector<std::string>& names,
                              const std::string& identity) const;

 private:
  [[nodiscard]] Result<TargetSettings> target(const std::string& name) const;

  Opener opener_;
  CurrentSettings settings_;
};

}  // namespace sideband
