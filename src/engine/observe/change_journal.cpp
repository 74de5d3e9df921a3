#include "engine/observe/change_journal.h"

#include <utility>

namespace sideband {
namespace {

// Keys may be long: this many bytes of them at most.
constexpr std::size_t kMaxJournalBytes = std::size_t{8} << 20;

}  // namespace

void ChangeJournal::lose(const std::string& why) {
  // The first reason is the one that a look has to be told of.
  if (since_.gap.empty()) since_.gap = why;
  since_.keys.clear();
  bytes_ = 0;
}

void ChangeJournal::add(const Wake& wake) {
  const MutexLock lock(mutex_);
  if (wake.scan) return lose("its feed could not tell which keys changed");
  if (!since_.gap.empty()) return;
  for (const std::string& key : wake.keys) {
    if (since_.keys.insert(key).second) bytes_ += key.size();
  }
  const bool full = since_.keys.size() > kMaxWakeKeys || bytes_ > kMaxJournalBytes;
  if (full) lose("more keys changed than are kept");
}

void ChangeJournal::add_gap(const std::string& why) {
  const MutexLock lock(mutex_);
  lose(why);
  told_ = {};
}

void ChangeJournal::reach(const LogPlace& told) {
  const MutexLock lock(mutex_);
  told_ = told;
}

bool ChangeJournal::has_reached(const LogPlace& place) const {
  const MutexLock lock(mutex_);
  return !place.log.empty() && told_.log == place.log && told_.place >= place.place;
}

ChangeJournal::Taken ChangeJournal::take() {
  const MutexLock lock(mutex_);
  bytes_ = 0;
  return std::exchange(since_, {});
}

}  // namespace sideband
