#include "rehearsal/staged_items.h"

#include <fmt/format.h>

#include <functional>

namespace sideband::sim {
namespace {

std::string key_of(std::int64_t number) {
  return fmt::format("item-{:06}", number);
}

}  // namespace

void StagedPair::fill(std::int64_t count) {
  for (std::int64_t i = 1; i <= count; ++i) {
    const auto [at, fresh] = desired_.items.emplace(key_of(i), "wanted");
    actual_.items.emplace(at->first, at->second);
  }
}

// Never the same twice, so that nothing is right by accident.
std::string StagedPair::next_value() {
  return fmt::format("value {}", ++desired_.values);
}

bool StagedPair::is(Condition condition, const std::string& key) const {
  const auto want = desired_.items.find(key);
  const auto have = actual_.items.find(key);
  if (condition == Condition::kWanted) return want != desired_.items.end();
  const bool both = want != desired_.items.end() && have != actual_.items.end();
  const bool same = both && want->second == have->second;
  return condition == Condition::kSame ? same : !same;
}

std::vector<std::string> StagedPair::first_keys(Condition condition, std::int64_t count) const {
  std::vector<std::string> keys;
  const auto take = [&](const std::map<std::string, std::string>& items, bool unless_wanted) {
    for (const auto& [key, value] : items) {
      if (std::ssize(keys) >= count) return;
      if (unless_wanted && desired_.items.contains(key)) continue;
      if (is(condition, key)) keys.push_back(key);
    }
  };
  take(desired_.items, false);
  if (condition == Condition::kDiffers) take(actual_.items, true);
  return keys;
}

std::int64_t StagedPair::differ() const {
  return std::ssize(first_keys(Condition::kDiffers, INT64_MAX));
}

std::vector<std::string> StagedPair::change(const TestStep& step) {
  std::vector<std::string> lacks;
  const auto each = [&](const ItemCounts& counts, Condition condition, const char* what,
                        const std::function<void(const std::string&)>& act) {
    const auto wanted = counts.find(name_);
    if (wanted == counts.end()) return;
    const auto keys = first_keys(condition, wanted->second);
    for (const std::string& key : keys) act(key);
    if (std::ssize(keys) == wanted->second) return;
    lacks.push_back(
        fmt::format("{} has {} items for {}: {}", name_, keys.size(), what, wanted->second));
  };
  each(step.drift, Condition::kSame, "drift",
       [&](const std::string& key) { actual_.items[key] = next_value(); });
  each(step.missing, Condition::kSame, "missing",
       [&](const std::string& key) { actual_.items.erase(key); });
  each(step.wanted, Condition::kWanted, "wanted",
       [&](const std::string& key) { desired_.items[key] = next_value(); });
  each(step.lost, Condition::kWanted, "lost",
       [&](const std::string& key) { desired_.items.erase(key); });
  each(step.healed, Condition::kDiffers, "healed", [&](const std::string& key) {
    const auto want = desired_.items.find(key);
    want == desired_.items.end() ? void(actual_.items.erase(key))
                                 : void(actual_.items[key] = want->second);
  });
  const auto extra = step.extra.find(name_);
  for (std::int64_t i = 0; extra != step.extra.end() && i < extra->second; ++i) {
    actual_.items[fmt::format("nobody-wants-{:06}", ++desired_.values)] = "left over";
  }
  return lacks;
}

}  // namespace sideband::sim
