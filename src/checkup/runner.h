// Runs probes side by side, each in a process of its own that is killed at its deadline: a disk or
// a server that does not answer costs time, never the answer of the others.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "checkup/look.h"

namespace sideband::scan {

struct ScanOptions {
  std::string root = "/";
  Duration within = std::chrono::hours(21 * 24);
  Duration timeout = std::chrono::seconds(2);  // of each probe; all look at the same time
};

// Gets the kinds that are still looking, about once a second, and none at the end if it was called.
using Progress = std::function<void(const std::vector<std::string>& looking)>;

// One report for each probe, in their order. Blocks until all are done or their time is over. Call
// it while the process has one thread: it forks. kNotFound, kPermission: there is no such root.
Result<std::vector<ProbeReport>> run_probes(const std::vector<Probe>& probes,
                                            const ScanOptions& options, const Clock& clock,
                                            const Progress& progress = {});

}  // namespace sideband::scan
