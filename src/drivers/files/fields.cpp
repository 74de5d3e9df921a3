#include "config/decode.h"
#include "drivers/driver_fields.h"
#include "drivers/files/settings.h"
#include "drivers/files/signal.h"
#include "drivers/options.h"
#include "drivers/spelling.h"

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
      {.key = "settle",
       .type = kDuration,
       .doc = "How long ago a file must have been written; until then it is unknown. Without it "
              "1s, and only where the kernel does not tell whether somebody has the file open for "
              "writing, which makes it unknown too."},
  };
}

config::Fields attribute_fields() {
  return {
      {.key = "mode", .doc = "Mode in octal, up to 7777. It comes before `mode` for new files."},
      {.key = "owner", .doc = "Name or number of the user that owns the file."},
      {.key = "group", .doc = "Name or number of the file's group."},
  };
}

// Patterns from the root of the file system, so that a root within another one is told too.
config::Place files_place(const TargetSettings& target, const CollectionSettings& side) {
  config::Place place{"files", {}};
  const OptionReader options(side.options, "");
  const std::string root = as_pattern(path_in_one_spelling(target.connect.at("root")));
  for (const std::string& pattern : options.lines("files")) {
    place.things.push_back(root + "/" + as_pattern(pattern));
  }
  return place;
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
  actual.push_back({.key = "attributes",
                    .type = kTable,
                    .doc = "What each file shall have beside its content. What is not said here is "
                           "neither looked at nor changed.",
                    .fields = config::share(attribute_fields())});
  return {
      .name = "files",
      .doc = "Files below one folder.",
      .connect = {{.key = "root", .doc = "The folder, as an absolute path.", .required = true}},
      .desired = collection_fields(),
      .actual = std::move(actual),
      .signals = {file_signal_kind()},
      .check_side = check_files_side,
      .place = files_place,
      .paths = true,
      .stages = true,
  };
}

}  // namespace sideband
