// What is under way, by its key, so that another thread can ask it to end.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"

namespace sideband {

// Thread-safe. `end` may still be called right after its Entry is gone, so it shares what it needs.
class RunningOperations {
 public:
  using End = std::function<void()>;

  // One that is under way for as long as this object lives.
  class Entry {
   public:
    Entry(RunningOperations& all, const std::string& key, End end) : all_(all) {
      const MutexLock lock(all_.mutex_);
      at_ = all_.running_.emplace(key, std::move(end));
    }
    ~Entry() {
      const MutexLock lock(all_.mutex_);
      all_.running_.erase(at_);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    RunningOperations& all_;
    std::multimap<std::string, End>::iterator at_;
  };

  void stop(const std::string& key) SB_EXCLUDES(mutex_) {
    for (const End& end : under_way(key)) end();
  }

 private:
  std::vector<End> under_way(const std::string& key) SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    std::vector<End> out;
    const auto [first, last] = running_.equal_range(key);
    for (auto at = first; at != last; ++at) out.push_back(at->second);
    return out;
  }

  Mutex mutex_;
  std::multimap<std::string, End> running_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
