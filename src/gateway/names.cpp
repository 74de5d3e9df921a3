#include "gateway/names.h"

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

}  // namespace sideband
