// What a probe is given to look with.
#pragma once

#include "base/clock.h"
#include "base/deadline.h"
#include "checkup/notes.h"
#include "checkup/tree.h"

namespace sideband::scan {

struct Look {
  const Tree& tree;
  const Deadline& deadline;  // a probe that is not done then is killed
  Duration within;           // certificates: how soon is near
  Notes& notes;

  [[nodiscard]] const Clock& clock() const { return deadline.clock(); }
};

// Looks, and tells its notes. Runs in a process of its own, alone with its thread; it may block.
using ProbeFunction = void (*)(Look& look);

struct Probe {
  const char* kind;
  const char* looks_at;  // for the help
  bool live;             // of running things, which the tree of another machine does not have
  ProbeFunction look;
};

void look_at_certificates(Look& look);
void look_at_nft(Look& look);
void look_at_sysctl(Look& look);
void look_at_services(Look& look);
void look_at_conffiles(Look& look);
void look_at_postgres(Look& look);
void look_at_queues(Look& look);

// All of this build, in the order in which they are shown.
const std::vector<Probe>& all_probes();

}  // namespace sideband::scan
