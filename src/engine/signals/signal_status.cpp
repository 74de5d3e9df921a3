#include "engine/signals/signal_status.h"

#include "policy/pause_rule.h"

namespace sideband {
namespace {

Result<std::vector<SignalUse>> uses_of(StoreReader& store, const Settings& settings,
                                       const std::string& signal) {
  std::vector<SignalUse> uses;
  for (const auto& [name, reconciler] : settings.reconcilers) {
    for (const PauseRule& rule : reconciler.gates.pause_when) {
      if (rule.signal != signal) continue;
      SB_ASSIGN(const auto head, store.head(name));
      SignalUse use{name, rule, {}};
      if (head) {
        SB_ASSIGN(use.hold, store.signal_hold(hold_key(head->source_scope, rule)));
      }
      uses.push_back(std::move(use));
    }
  }
  return uses;
}

}  // namespace

Result<std::vector<SignalStatus>> gather_signal_status(StoreReader& store, const Engine& engine) {
  const auto settings = engine.settings();
  std::vector<SignalStatus> out;
  for (const auto& [name, signal] : settings->signals) {
    SB_ASSIGN(auto uses, uses_of(store, *settings, name));
    out.push_back({signal, engine.signals().state(name), std::move(uses)});
  }
  return out;
}

}  // namespace sideband
