#include "rehearsal/stage.h"

#include "rehearsal/staged_ports.h"

namespace sideband::sim {

StagedItems& Stage::side(const CollectionSettings& collection) {
  std::string things = collection.target;
  for (const auto& [key, value] : collection.options) things += "\n" + key + "=" + value;
  StagedItems& found = sides_[things];
  found.target = collection.target;
  return found;
}

TargetMood Stage::mood(const std::string& target) const {
  const auto found = moods_.find(target);
  return found == moods_.end() ? TargetMood::kWorks : found->second;
}

PolicyMood Stage::policy(const std::string& target) const {
  const auto found = policies_.find(target);
  return found == policies_.end() ? PolicyMood::kAway : found->second;
}

void Stage::set_signal(const std::string& signal, std::optional<double> value) {
  if (value) {
    signals_[signal] = *value;
  } else {
    signals_.erase(signal);
  }
}

std::optional<double> Stage::signal(const std::string& signal) const {
  const auto found = signals_.find(signal);
  return found == signals_.end() ? std::nullopt : std::optional(found->second);
}

TargetConnector Stage::connector() {
  TargetConnector out;
  out.collection = [this](const TargetSettings& /*target*/, const CollectionSettings& collection,
                          Role role) {
    return Result<std::unique_ptr<Collection>>(
        std::make_unique<StagedCollection>(*this, side(collection), role == Role::kActual));
  };
  out.operation = [](const TargetSettings& /*target*/) {
    return Result<std::unique_ptr<Operation>>(std::make_unique<StagedOperation>());
  };
  out.signal = [this](const TargetSettings& /*target*/, const SignalSettings& signal) {
    return Result<std::unique_ptr<Signal>>(std::make_unique<StagedSignal>(*this, signal.name));
  };
  out.policies = [this](const TargetSettings& target) {
    return Result<std::unique_ptr<PolicyServer>>(
        std::make_unique<StagedPolicy>(*this, target.name));
  };
  return out;
}

}  // namespace sideband::sim
