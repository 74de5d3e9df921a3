#include "engine/observe/wanted.h"

#include "base/check.h"

namespace sideband {

Result<std::vector<WantedState>> wanted_states(const ReconcilerRuntime& runtime,
                                               const std::vector<Item>& desired,
                                               const std::vector<Item>& actual) {
  SB_CHECK(desired.size() == actual.size());
  std::vector<WantedState> states;
  std::vector<std::size_t> places;  // of what is asked
  std::vector<Wanted> asked;
  states.reserve(desired.size());
  const Shape shape = runtime.actual->traits().shape;
  for (std::size_t i = 0; i < desired.size(); ++i) {
    const State& found = actual[i].state;
    states.push_back({runtime.projection.want(desired[i].state), desired[i].state.present()});
    const State& want = states.back().state;
    const bool can_be_asked = want.present() && want.shape == shape && found.known();
    if (!can_be_asked || want.same_as(found)) continue;
    places.push_back(i);
    asked.push_back({want, found});
  }
  if (asked.empty()) return states;
  SB_ASSIGN(std::vector<State> kept, runtime.actual->kept(asked, runtime.call_timeout));
  SB_CHECK(kept.size() == asked.size());
  for (std::size_t i = 0; i < places.size(); ++i) states[places[i]].state = std::move(kept[i]);
  return states;
}

Comparison compare_wanted(const ReconcilerRuntime& runtime, const std::string& key,
                          const WantedState& want, const State& found) {
  if (!want.desired || !want.state.absent_for_sure()) {
    return compare(key, want.state, found, runtime.rules);
  }
  CompareRules rules = runtime.rules;
  rules.prune = true;
  return compare(key, want.state, found, rules);
}

}  // namespace sideband
