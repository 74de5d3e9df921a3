// What the command line does with configuration, without its options parser. Data goes to `out`,
// talk to `err`. Each returns the exit code: 0 ok, 1 differences, 2 usage or configuration.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/field_table.h"
#include "settings/compile.h"

namespace sideband::cli {

using Drivers = std::vector<config::DriverFields>;

// `check`: loads files and folders as one configuration and prints what is wrong with it, then one
// line like "2 errors in 1 file; nothing was loaded" or "ok: 2 targets, 1 reconciler".
int check_command(const std::vector<std::string>& paths, const Drivers& drivers, WallTime now,
                  std::ostream& out, std::ostream& err, bool color);

// The documents at `paths`, which were loaded before, compiled for the places of what is in them.
// What cannot be read any more has none.
policy::Compiled compile_for_places(const std::vector<std::string>& paths, const Drivers& drivers,
                                    WallTime now);

// `explain field PATH`; an empty path lists where paths begin.
int explain_field_command(const std::string& path, const Drivers& drivers, std::ostream& out,
                          std::ostream& err);

// `schema`: JSON Schema 2020-12 of a configuration document.
int schema_command(const Drivers& drivers, std::ostream& out);

// The page docs/config.md.
std::string config_reference(const Drivers& drivers);

}  // namespace sideband::cli
