// What the caps on changes and on deletions share: so many, or such a share, in a window.
#pragma once

#include "policy/gates/gate.h"

namespace sideband {

struct CapQuestion {
  GateId gate;
  const MaxChanges& limit;
  const Fact<ChangeWindow>& window;
  std::int64_t changes;    // of this plan
  Fact<std::int64_t> of;   // what shares are of
  std::int64_t least = 0;  // so many pass a share in any case
};

// True when there is no limit, or what was let through in the window and this plan are within it.
Reason ask_cap(const CapQuestion& question, WallTime now);

std::string cap_saw(const Reason& reason);
std::string cap_opens(const Reason& reason);

// What shares of changes are of: the fewest items that the desired side had lately, so that rows
// which come for a moment raise no cap.
Fact<std::int64_t> share_base(const Facts& facts);

}  // namespace sideband
