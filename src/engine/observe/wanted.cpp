#include "engine/observe/wanted.h"

#include <cstdint>

#include "base/check.h"

namespace sideband {
namespace {

State in_fields(const ReconcilerRuntime& runtime, State want, const State& found) {
  if (runtime.field_rules.empty()) return want;
  auto wanted = wanted_fields(std::move(want), found, runtime.field_rules);
  return wanted.ok() ? std::move(*wanted) : State::unknown(wanted.error().message);
}

// With what was found and is not ours, where only what is said counts.
State declared(const ReconcilerRuntime& runtime, State want, const State& found,
               std::size_t max_size) {
  const Declare& declare = runtime.rules.declare;
  if (!want.present() || !found.present()) return want;
  if (want.shape == Shape::kFields && found.shape == Shape::kFields) {
    return in_fields(runtime, std::move(want), found);
  }
  if (!declare || want.shape != Shape::kBytes || found.shape != Shape::kBytes) return want;
  auto text = declare(want.bytes, found.bytes);
  if (!text.ok()) return State::unknown(text.error().message);
  want.bytes = std::move(*text);
  return within_size(std::move(want), max_size == 0 ? SIZE_MAX : max_size);
}

}  // namespace

Result<std::vector<WantedState>> wanted_states(const ReconcilerRuntime& runtime,
                                               const std::vector<Item>& desired,
                                               const std::vector<Item>& actual) {
  SB_CHECK(desired.size() == actual.size());
  std::vector<WantedState> states;
  std::vector<std::size_t> places;  // of what is asked
  std::vector<Wanted> asked;
  states.reserve(desired.size());
  const CollectionTraits traits = runtime.actual->traits();
  for (std::size_t i = 0; i < desired.size(); ++i) {
    const State& found = actual[i].state;
    states.push_back(
        {declared(runtime, runtime.projection.want(desired[i].state), found, traits.max_size),
         desired[i].state.present()});
    const State& want = states.back().state;
    const bool can_be_asked = want.present() && want.shape == traits.shape && found.known();
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
