// What the feed of one side told, kept until a look took it, with the place up to which it told
// everything.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "ports/feed.h"

namespace sideband {

// Thread-safe; memory is bounded. Between two takes without a gap, the keys of the second one are
// all that changed between them, as far as the feed had come.
class ChangeJournal {
 public:
  // What a wait of the feed told. Before told() of the same wait.
  void add(const Wake& wake);
  // Which keys changed is not known from the last take on.
  void add_gap(const std::string& why);
  // Everything up to this place was added.
  void reach(const LogPlace& told);

  // Whether everything before this place was added.
  [[nodiscard]] bool has_reached(const LogPlace& place) const;
  struct Taken {
    std::string gap;  // why there may be more keys; empty: there are none
    std::set<std::string> keys;
  };
  // What came since the last one.
  Taken take();

 private:
  void lose(const std::string& why) SB_REQUIRES(mutex_);

  mutable Mutex mutex_;
  Taken since_ SB_GUARDED_BY(mutex_) = {"its feed has not begun", {}};
  std::size_t bytes_ SB_GUARDED_BY(mutex_) = 0;  // of the keys
  LogPlace told_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
