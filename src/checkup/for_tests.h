// What the tests of the probes share.
#pragma once

#include <unistd.h>

#include "checkup/look.h"
#include "support/temp_dir.h"

namespace sideband::scan {

// A probe run here and now on a tree.
inline ProbeReport look_now(ProbeFunction probe, const std::string& root,
                            Duration timeout = std::chrono::seconds(20)) {
  const SystemClock clock;
  const Tree tree = Tree::open(root).value();
  Notes notes("kind");
  const Deadline deadline(clock, timeout);
  Look look{tree, deadline, std::chrono::hours(21 * 24), notes};
  probe(look);
  notes.finish();
  return notes.report();
}

// Where the findings are, in their order.
inline std::vector<std::string> places(const ProbeReport& report) {
  std::vector<std::string> found;
  for (const Finding& finding : report.findings) found.push_back(finding.where);
  return found;
}

// Without root's rights while it lives; what was unreadable for others is so for this process.
class Unprivileged {
 public:
  Unprivileged() : was_root_(::geteuid() == 0 && ::seteuid(65534) == 0) {}
  ~Unprivileged() {
    if (was_root_) SB_CHECK(::seteuid(0) == 0);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  bool was_root_;
};

}  // namespace sideband::scan
