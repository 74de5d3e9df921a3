// What a configuration says of the files below a folder. Pure.
#pragma once

#include <optional>
#include <string>

#include "config/field_table.h"
#include "drivers/files/glob.h"
#include "drivers/files/swap.h"

namespace sideband {

struct FilesSettings {
  std::string root;
  GlobSet globs;
  SwapOptions swap;
  DeclaredAttributes attributes;
  std::optional<Duration> settle;
};

// The first mistake is the error, for a person; one in the options of the collection is added to
// `faults` too, if given.
Result<FilesSettings> parse_files_settings(const TargetSettings& target,
                                           const CollectionSettings& collection,
                                           config::OptionFaults* faults = nullptr);

}  // namespace sideband
