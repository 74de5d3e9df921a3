#include "engine/decide/policy_board.h"

#include <utility>

namespace sideband {

PolicyAnswers PolicyBoard::of(const Uuid& plan) const {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(plan);
  return found == entries_.end() ? PolicyAnswers() : found->second.answers;
}

void PolicyBoard::put(const Uuid& plan, PolicyAnswers answers, WallTime now) {
  const MutexLock lock(mutex_);
  std::erase_if(entries_, [now](const auto& entry) {
    return !entry.second.asking && !are_fresh(entry.second.answers, now);
  });
  entries_[plan] = {std::move(answers), false};
}

bool PolicyBoard::begin(const Uuid& plan, const std::string& plan_hash,
                        const std::string& requester, WallTime now) {
  const MutexLock lock(mutex_);
  Entry& entry = entries_[plan];
  const bool about = entry.answers.plan_hash == plan_hash && entry.answers.requester == requester;
  if (entry.asking || (about && are_fresh(entry.answers, now))) return false;
  return entry.asking = true;
}

void PolicyBoard::give_up(const Uuid& plan) {
  const MutexLock lock(mutex_);
  entries_.erase(plan);
}

}  // namespace sideband
