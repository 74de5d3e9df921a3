#include "drivers/unique_order.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "base/bytes.h"

namespace sideband {
namespace {

// What a row holds in the columns of a set; nothing where that is in nobody's way.
std::optional<std::string> value_of(const UniqueSet& set, const Fields& fields) {
  std::string value;
  for (const std::string& column : set.columns) {
    const auto at = fields.find(column);
    const bool null = at == fields.end();
    if (null && set.nulls_differ) return std::nullopt;
    put_varint(value, null ? 0 : 1);
    if (!null) put_string(value, at->second);
  }
  return value;
}

class Ordering {
 public:
  Ordering(const std::vector<UniqueChange>& changes, const std::vector<UniqueSet>& sets)
      : changes_(changes), sets_(sets), waits_for_(changes.size()), leader_(changes.size()) {
    std::iota(leader_.begin(), leader_.end(), std::size_t{0});
    for (std::size_t set = 0; set < sets.size(); ++set) link(set);
  }

  std::vector<UniqueGroup> groups() {
    std::map<std::size_t, UniqueGroup> by_leader;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      by_leader[leader_of(i)].changes.push_back(i);
    }
    std::vector<UniqueGroup> groups;
    for (auto& [leader, group] : by_leader) {
      if (group.changes.size() < 2) continue;
      arrange(group);
      groups.push_back(std::move(group));
    }
    return groups;
  }

 private:
  using Edge = std::pair<std::size_t, std::size_t>;  // the change that is waited for, and the set

  std::size_t leader_of(std::size_t change) {
    while (leader_[change] != change) change = leader_[change] = leader_[leader_[change]];
    return change;
  }

  void link(std::size_t set) {
    std::map<std::string, std::size_t> holders;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      const UniqueChange& change = changes_[i];
      if (change.op == ChangeOp::kCreate) continue;
      const auto held = value_of(sets_[set], change.found);
      const bool stays =
          change.op == ChangeOp::kUpdate && held == value_of(sets_[set], change.want);
      if (held && !stays) holders.emplace(*held, i);
    }
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (changes_[i].op == ChangeOp::kDelete) continue;
      const auto wanted = value_of(sets_[set], changes_[i].want);
      const auto holder = wanted ? holders.find(*wanted) : holders.end();
      if (holder == holders.end() || holder->second == i) continue;
      waits_for_[i].insert({holder->second, set});
      waiters_[holder->second].insert(i);
      leader_[leader_of(i)] = leader_of(holder->second);
    }
  }

  void arrange(UniqueGroup& group) {
    for (const std::size_t i : group.changes) {
      if (!waits_for_[i].empty()) group.set = waits_for_[i].begin()->second;
    }
    std::set<std::size_t> left(group.changes.begin(), group.changes.end());
    std::vector<std::size_t> ready;
    for (const std::size_t i : left) {
      if (waits_for_[i].empty()) ready.push_back(i);
    }
    while (!left.empty()) {
      if (ready.empty()) {
        ready = park_one(*left.begin(), group);
        if (group.stuck_on != UniqueStep::kNoSet) return;
        continue;
      }
      std::vector<std::size_t> next;
      for (const std::size_t done : ready) {
        left.erase(done);
        release(done, UniqueStep::kNoSet, next);
      }
      group.steps.push_back({std::move(ready)});
      ready = std::move(next);
    }
  }

  // `done` holds its value of `set` no more, or of all sets; those who can go on for it are added.
  void release(std::size_t done, std::size_t set, std::vector<std::size_t>& ready) {
    for (const std::size_t waiter : waiters_[done]) {
      std::set<Edge>& edges = waits_for_[waiter];
      const std::size_t before = edges.size();
      std::erase_if(edges, [&](const Edge& edge) {
        return edge.first == done && (set == UniqueStep::kNoSet || edge.second == set);
      });
      if (edges.empty() && before > 0) ready.push_back(waiter);
    }
  }

  // Everybody who is left waits, so who follows the waiting comes to a cycle: behind as many steps
  // as there are changes one is in it for sure. There, a row that can be parked is looked for.
  std::vector<std::size_t> park_one(std::size_t from, UniqueGroup& group) {
    std::size_t at = from;
    for (std::size_t i = 0; i < group.changes.size(); ++i) at = waits_for_[at].begin()->first;
    const std::size_t start = at;
    Edge last;
    do {
      last = *waits_for_[at].begin();
      if (!sets_[last.second].park_by.empty()) {
        std::vector<std::size_t> ready;
        group.steps.push_back({{last.first}, last.second});
        release(last.first, last.second, ready);
        return ready;
      }
      at = last.first;
    } while (at != start);
    group.stuck_on = last.second;
    return {};
  }

  const std::vector<UniqueChange>& changes_;
  const std::vector<UniqueSet>& sets_;
  std::vector<std::set<Edge>> waits_for_;
  std::map<std::size_t, std::set<std::size_t>> waiters_;
  std::vector<std::size_t> leader_;
};

}  // namespace

std::string unique_problem(const std::vector<std::string>& keys, const std::string& set,
                           const std::string& said) {
  constexpr std::size_t kNamed = 5;
  std::string text = "rows ";
  for (std::size_t i = 0; i < std::min(keys.size(), kNamed); ++i) {
    text += (i == 0 ? "'" : ", '") + keys[i] + "'";
  }
  if (keys.size() > kNamed) text += " and " + std::to_string(keys.size() - kNamed) + " more";
  return text + " hold each other's values of the unique constraint '" + set + "': " + said;
}

std::vector<UniqueGroup> order_by_unique(const std::vector<UniqueChange>& changes,
                                         const std::vector<UniqueSet>& sets) {
  return Ordering(changes, sets).groups();
}

}  // namespace sideband
