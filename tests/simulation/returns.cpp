#include "simulation/returns.h"

#include <algorithm>

namespace sideband::sim {
namespace {

// What rested for so long without differing is forgotten (engine/observe/cycle.cpp).
constexpr Duration kForgotten = std::chrono::minutes(10);
constexpr std::int64_t kUnseen = 2;

}  // namespace

void Returns::converged(const std::string& reconciler, const std::string& key,
                        const std::optional<std::string>& value, MonoTime at) {
  Chain& chain = chains_[{reconciler, key}];
  const bool again = chain.count > 0 && chain.value == value && at - chain.last < kForgotten;
  chain = {value, again ? chain.count + 1 : 1, again ? chain.first : at, at};
}

void Returns::forget(const std::string& reconciler, const std::string& key) {
  chains_.erase({reconciler, key});
}

MonoTime Returns::first(const std::string& reconciler, const std::string& key) const {
  const auto found = chains_.find({reconciler, key});
  return found == chains_.end() ? MonoTime() : found->second.first;
}

bool Returns::too_often(const std::string& reconciler, const std::string& key,
                        const std::optional<std::string>& value, MonoTime at,
                        const FlappingSettings& settings) const {
  const auto found = chains_.find({reconciler, key});
  if (found == chains_.end() || settings.rest == Duration(0)) return false;
  const Chain& chain = found->second;
  return chain.value == value && chain.count >= settings.after + kUnseen &&
         at - chain.last < std::min(settings.rest, kForgotten);
}

}  // namespace sideband::sim
