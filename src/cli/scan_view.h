// How `scan` shows what it found: a table with a foot, names, or JSON (docs/scan.md).
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "checkup/finding.h"

namespace sideband::cli {

// One line a finding, then what was not looked at and why, then the counts. Texts are escaped.
void print_scan(std::ostream& out, const std::vector<scan::ProbeReport>& reports, bool color);
// "kind where", one line a finding.
void print_scan_names(std::ostream& out, const std::vector<scan::ProbeReport>& reports);
std::string scan_json(const std::vector<scan::ProbeReport>& reports);

// "7 findings: 1 a reconciler could repair, 3 by hand, 3 report only; 2 probes did not look: nft,
// postgres".
std::string scan_summary(const std::vector<scan::ProbeReport>& reports);

}  // namespace sideband::cli
