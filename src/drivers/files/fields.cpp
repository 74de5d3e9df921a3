#include "drivers/driver_fields.h"
#include "drivers/files/settings.h"

namespace sideband {
namespace {

using enum config::FieldType;

config::Fields collection_fields() {
  return {
      {.key = "files",
       .type = kList,
       .doc = "Patterns of the files, relative to the root. `*` stays within one name, `**` spans "
              "folders.",
       .required = true,
       .single = true,
       .scope = true},
      {.key = "maxSize",
       .type = kSize,
       .doc = "Larger files are unknown, never compared.",
       .fallback = "1MiB"},
  };
}

void check_files_side(const TargetSettings& target, const CollectionSettings& collection,
                      config::Side, config::OptionFaults& faults) {
  (void)parse_files_settings(target, collection, &faults);
}

}  // namespace

config::DriverFields files_fields() {
  config::Fields actual = collection_fields();
  actual.push_back({.key = "mode",
                    .doc = "Mode of files that are created, in octal. Existing files keep theirs.",
                    .fallback = "0644"});
  return {
      .name = "files",
      .doc = "Files below one folder.",
      .connect = {{.key = "root", .doc = "The folder, as an absolute path.", .required = true}},
      .desired = collection_fields(),
      .actual = std::move(actual),
      .check_side = check_files_side,
  };
}

}  // namespace sideband
