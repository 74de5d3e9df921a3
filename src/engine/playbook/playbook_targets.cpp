#include "engine/playbook/playbook_targets.h"

#include <algorithm>

namespace sideband {

Result<TargetSettings> PlaybookTargets::target(const std::string& name) const {
  const auto settings = settings_();
  const auto found = settings->targets.find(name);
  if (found != settings->targets.end()) return found->second;
  return Error{ErrorCode::kNotFound, "there is no Target \"" + name + "\" any more", Retry::kPerson,
               Effect::kNone};
}

bool PlaybookTargets::has_target(const std::string& name) const {
  return settings_()->targets.contains(name);
}

Result<std::unique_ptr<Operation>> PlaybookTargets::operation(const std::string& name) const {
  SB_ASSIGN(const TargetSettings settings, target(name));
  if (!connector_.operation) return Error::unsupported("there are no operations here");
  return connector_.operation(settings);
}

Result<std::unique_ptr<Collection>> PlaybookTargets::collection(
    const CollectionSettings& collection, Role role) const {
  SB_ASSIGN(const TargetSettings settings, target(collection.target));
  return connector_.collection(settings, collection, role);
}

std::shared_ptr<const PlaybookSettings> PlaybookTargets::playbook(const std::string& name) const {
  const auto settings = settings_();
  const auto found = settings->playbooks.find(name);
  return found == settings->playbooks.end() ? nullptr : found->second;
}

std::string PlaybookTargets::mode_in_the_way(const PlaybookSettings& playbook) const {
  const auto settings = settings_();
  if (!settings->guardrails) return "";
  const Mode most = settings->guardrails->max_mode;
  if (most < Mode::kApprove) {
    return "mode: the Guardrails allow " + std::string(mode_name(most)) +
           " at most, which changes nothing";
  }
  if (most == Mode::kApprove && !playbook.approval) {
    return "mode: the Guardrails want an approval of everything; give the playbook one";
  }
  return "";
}

bool PlaybookTargets::is_among(const std::vector<std::string>& names, const Principal& who) const {
  const auto settings = settings_();
  const auto has = [](const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    if (name == who.name() || has(who.groups(), name)) return true;
    const auto group = settings->groups.find(name);
    return group != settings->groups.end() && has(group->second.members, who.name());
  });
}

}  // namespace sideband
