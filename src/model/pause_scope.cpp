#include "model/pause_scope.h"

#include <set>

namespace sideband {
namespace {

// No name of a reconciler has a slash, and that of a playbook's scope begins otherwise.
constexpr std::string_view kOwnerPrefix = "owner/";
constexpr std::string_view kTargetPrefix = "target/";

std::vector<std::string> keys_of(const std::string& name, const std::string& owner,
                                 const std::set<std::string>& targets) {
  std::vector<std::string> keys = {"", name};
  if (!owner.empty()) keys.push_back(PauseScope{PauseScope::Kind::kOwner, owner}.key());
  for (const std::string& target : targets) {
    keys.push_back(PauseScope{PauseScope::Kind::kTarget, target}.key());
  }
  return keys;
}

}  // namespace

std::string PauseScope::key() const {
  if (kind == Kind::kOwner) return std::string(kOwnerPrefix) + name;
  if (kind == Kind::kTarget) return std::string(kTargetPrefix) + name;
  return name;
}

PauseScope PauseScope::of_key(std::string_view key) {
  const auto behind = [key](std::string_view prefix) {
    return std::string(key.substr(prefix.size()));
  };
  if (key.empty()) return {};
  if (key.starts_with(kOwnerPrefix)) return {Kind::kOwner, behind(kOwnerPrefix)};
  if (key.starts_with(kTargetPrefix)) return {Kind::kTarget, behind(kTargetPrefix)};
  return {Kind::kName, std::string(key)};
}

std::string PauseScope::text() const {
  if (kind == Kind::kEverything) return "everything";
  if (kind == Kind::kOwner) return "owner " + name;
  return kind == Kind::kTarget ? "target " + name : name;
}

std::string PauseScope::words() const {
  if (kind == Kind::kOwner) return "--owner " + name;
  return kind == Kind::kTarget ? "--target " + name : name;
}

std::vector<std::string> pause_keys(const ReconcilerSettings& reconciler) {
  return keys_of(reconciler.name, reconciler.labels.owner, targets_of(reconciler));
}

std::vector<std::string> pause_keys(const PlaybookSettings& playbook) {
  std::set<std::string> targets;
  for (const PlaybookStep& step : playbook.steps) {
    if (!step.target.empty()) targets.insert(step.target);
  }
  return keys_of(playbook_scope(playbook.name), playbook.labels.owner, targets);
}

}  // namespace sideband
