// Manual pages in man(7), made from the command table and the field tables.
// https://man7.org/linux/man-pages/man7/man.7.html
#pragma once

#include <map>
#include <string>

#include "cli/command_table.h"
#include "config/field_table.h"

namespace sideband::cli {

struct ManualEdition {
  std::string version;
  std::string date;  // 2026-03-01
};

// Pages by file name: sideband.1, sideband-VERB.1 for each verb, sideband.yaml.5.
std::map<std::string, std::string> manual_pages(const Command& all,
                                                const std::vector<config::DriverFields>& drivers,
                                                const ManualEdition& edition);

}  // namespace sideband::cli
