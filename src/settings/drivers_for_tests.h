// Small field tables in the manner of real drivers, for the tests of configuration. Tests only.
#pragma once

#include <vector>

#include "config/field_table.h"

namespace sideband::policy {

inline std::vector<config::DriverFields> drivers_for_tests() {
  using enum config::FieldType;
  config::DriverFields table{.name = "table", .doc = "Rows of a database."};
  table.connect = {{.key = "path", .doc = "The database file.", .required = true}};
  table.credentials = {{.key = "password", .type = kSecret, .doc = "Its password."}};
  table.desired = {{.key = "query", .doc = "A SELECT.", .required = true},
                   {.key = "key", .doc = "The key column.", .required = true},
                   {.key = "columns", .type = kList, .doc = "The other columns."}};
  table.has_fields = [](const DriverOptions&) { return true; };
  table.key_column = "key";
  table.columns = "columns";
  config::DriverFields cache{.name = "cache", .doc = "Keys of a cache."};
  cache.connect = {
      {.key = "host", .doc = "Host name or address.", .required = true},
      {.key = "port", .type = kCount, .doc = "TCP port.", .fallback = "6379", .minimum = 1}};
  cache.actual = {{.key = "key",
                   .type = kTemplate,
                   .doc = "Template of the keys.",
                   .required = true,
                   .scope = true}};
  config::DriverFields files{.name = "files", .doc = "Files of a folder."};
  files.connect = {{.key = "root", .doc = "The folder.", .required = true}};
  files.desired = {{.key = "files", .type = kList, .doc = "Paths.", .required = true}};
  files.actual = {
      {.key = "files", .type = kList, .doc = "Paths.", .required = true, .scope = true}};
  cache.place = [](const TargetSettings& target, const CollectionSettings& side) {
    return config::Place{target.connect.at("host"), {side.options.at("key")}};
  };
  config::DriverFields tool{.name = "tool", .doc = "Commands."};
  tool.operation = {
      {.key = "argv", .type = kList, .doc = "The command.", .required = true},
      {.key = "comment", .doc = "A text in which nothing is filled in.", .literal = true},
      {.key = "output", .doc = "How its output is read.", .fallback = "text"}};
  return {table, cache, files, tool};
}

}  // namespace sideband::policy
