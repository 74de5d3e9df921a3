#include "gateway/names.h"

#include <algorithm>
#include <set>

#include "config/messages.h"
#include "model/playbook.h"

namespace sideband {
namespace {

template <class Map>
std::vector<std::string> names_of(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

bool is_scope(const Settings& settings, const std::string& name) {
  if (settings.reconcilers.contains(name)) return true;
  for (const auto& [playbook, value] : settings.playbooks) {
    if (playbook_scope(playbook) == name) return true;
  }
  return false;
}

// Whether the store knows it: a look, a pause, a repair.
Result<bool> has_left_something(StoreReader& reader, const std::string& name) {
  SB_ASSIGN(const auto head, reader.head(name));
  if (head) return true;
  SB_ASSIGN(const auto pause, reader.pause(name));
  if (pause) return true;
  RepairFilter filter;
  filter.reconciler = name;
  filter.limit = 1;
  SB_ASSIGN(const auto repairs, reader.repairs(filter));
  return !repairs.empty();
}

Error unknown_scope(const Settings& settings, const std::string& name) {
  std::vector<std::string> known = names_of(settings.reconcilers);
  for (const auto& [playbook, value] : settings.playbooks) {
    known.push_back(playbook_scope(playbook));
    if (playbook != name) continue;
    return Error::not_found("there is no reconciler \"" + name +
                            "\"; did you mean the playbook, \"" + known.back() + "\"?");
  }
  return config::unknown_name("reconciler", name, known);
}

std::vector<std::string> owners_of(const Settings& settings) {
  std::set<std::string> owners;
  for (const auto& [name, reconciler] : settings.reconcilers) {
    owners.insert(reconciler.labels.owner);
  }
  for (const auto& [name, playbook] : settings.playbooks) owners.insert(playbook->labels.owner);
  return {owners.begin(), owners.end()};
}

}  // namespace

Result<void> check_reconciler(const Settings& settings, const std::string& name) {
  if (settings.reconcilers.contains(name)) return {};
  return config::unknown_name("reconciler", name, names_of(settings.reconcilers));
}

Result<void> check_playbook(const Settings& settings, const std::string& name) {
  if (settings.playbooks.contains(name)) return {};
  return config::unknown_name("playbook", name, names_of(settings.playbooks));
}

Result<void> check_scope(const Settings& settings, StoreReader& reader, const std::string& name) {
  if (is_scope(settings, name)) return {};
  SB_ASSIGN(const bool known, has_left_something(reader, name));
  return known ? Result<void>() : unknown_scope(settings, name);
}

Result<void> check_pause_scope(const Settings& settings, StoreReader& reader,
                               const PauseScope& scope) {
  if (scope.kind == PauseScope::Kind::kEverything) return {};
  if (scope.kind == PauseScope::Kind::kName) return check_scope(settings, reader, scope.name);
  const bool owner = scope.kind == PauseScope::Kind::kOwner;
  const std::vector<std::string> known = owner ? owners_of(settings) : names_of(settings.targets);
  if (std::find(known.begin(), known.end(), scope.name) != known.end()) return {};
  SB_ASSIGN(const auto pause, reader.pause(scope.key()));
  if (pause) return {};
  return config::unknown_name(owner ? "owner" : "target", scope.name, known);
}

}  // namespace sideband
