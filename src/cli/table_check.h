// `check --targets`, the part about tables: whether they are such that rows can be compared and
// changed, and whether those of both sides fit each other. Reads only.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "model/settings.h"
#include "ports/driver.h"
#include "ports/table_report.h"
#include "settings/compile.h"

namespace sideband::cli {

using AskTables = std::function<Result<TableReport>(
    const TargetSettings&, const CollectionSettings&, Role, Duration timeout)>;

// A finding and what in the configuration it is about.
struct PlacedFinding {
  std::string reconciler;
  std::string path;  // "spec.actual.key"
  TableFinding finding;
};

// What is found in the tables of all reconcilers, desired sides first. A target that does not
// answer says nothing here: it is told with the grants. Blocks for at most 30 s for each side.
std::vector<PlacedFinding> look_at_tables(const Settings& settings, const AskTables& ask);

// How many there are of a level.
std::size_t count_findings(const std::vector<PlacedFinding>& findings, FindingLevel level);

// "tables: 1 error, 2 warnings, 0 unknown", with its line end.
std::string tables_summary(const std::vector<PlacedFinding>& findings);

// Each with its place as `check` shows it, what was seen, and what to run. `sources` are those that
// the settings were compiled from.
void print_findings(std::ostream& out, const std::vector<PlacedFinding>& findings,
                    const policy::Compiled& sources, bool color);
std::string findings_json(const std::vector<PlacedFinding>& findings,
                          const policy::Compiled& sources);

}  // namespace sideband::cli
