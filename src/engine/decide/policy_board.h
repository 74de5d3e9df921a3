// What policies said last of each plan that may begin.
#pragma once

#include <map>

#include "base/mutex.h"
#include "base/uuid.h"
#include "policy/policy_answers.h"

namespace sideband {

// In memory alone: after a restart they are asked again. Thread-safe; never blocks for long.
class PolicyBoard {
 public:
  // Of a plan; nothing was said where there is none.
  [[nodiscard]] PolicyAnswers of(const Uuid& plan) const SB_EXCLUDES(mutex_);
  void put(const Uuid& plan, PolicyAnswers answers, WallTime now) SB_EXCLUDES(mutex_);
  // Whether the caller is to ask about this plan now, and then says put() or give_up(): nobody else
  // does, and no answer about it, for this requester, still counts.
  [[nodiscard]] bool begin(const Uuid& plan, const std::string& plan_hash,
                           const std::string& requester, WallTime now) SB_EXCLUDES(mutex_);
  void give_up(const Uuid& plan) SB_EXCLUDES(mutex_);

 private:
  struct Entry {
    PolicyAnswers answers;
    bool asking = false;
  };
  mutable Mutex mutex_;
  std::map<Uuid, Entry> entries_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
