#include "policy/playbook_order.h"

#include <algorithm>
#include <map>

namespace sideband {
namespace {

using Needs = std::vector<std::vector<std::size_t>>;

Needs needs_of(const std::vector<PlaybookStep>& steps) {
  std::map<std::string, std::size_t> positions;
  for (std::size_t i = 0; i < steps.size(); ++i) positions.emplace(steps[i].name, i);
  Needs needs(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const std::string& name : steps[i].needs) {
      const auto found = positions.find(name);
      if (found != positions.end()) needs[i].push_back(found->second);
    }
  }
  return needs;
}

// Every step of `left` needs one of `left`, so walking on comes back to where it was.
std::vector<std::size_t> find_cycle(const Needs& needs, const std::set<std::size_t>& left) {
  std::vector<std::size_t> path = {*left.begin()};
  while (true) {
    const auto& next = needs[path.back()];
    const std::size_t step =
        *std::find_if(next.begin(), next.end(), [&](std::size_t i) { return left.contains(i); });
    const auto seen = std::find(path.begin(), path.end(), step);
    if (seen != path.end()) return {seen, path.end()};
    path.push_back(step);
  }
}

}  // namespace

StepOrdering order_steps(const std::vector<PlaybookStep>& steps) {
  const Needs needs = needs_of(steps);
  std::set<std::size_t> left;
  for (std::size_t i = 0; i < steps.size(); ++i) left.insert(i);
  StepOrdering out;
  while (!left.empty()) {
    const auto ready = std::find_if(left.begin(), left.end(), [&](std::size_t i) {
      return std::none_of(needs[i].begin(), needs[i].end(),
                          [&](std::size_t needed) { return left.contains(needed); });
    });
    if (ready == left.end()) {
      out.cycle = find_cycle(needs, left);
      return out;
    }
    out.order.push_back(*ready);
    left.erase(ready);
  }
  return out;
}

std::set<std::string> all_needs(const std::vector<PlaybookStep>& steps, std::size_t step) {
  const Needs needs = needs_of(steps);
  std::vector<std::size_t> open = needs[step];
  std::set<std::size_t> seen;
  std::set<std::string> names;
  while (!open.empty()) {
    const std::size_t next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    names.insert(steps[next].name);
    open.insert(open.end(), needs[next].begin(), needs[next].end());
  }
  return names;
}

}  // namespace sideband
