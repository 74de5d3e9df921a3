#include "drivers/driver_fields.h"

namespace sideband {
namespace {

using enum config::FieldType;

config::Field key_field() {
  return {.key = "key", .doc = "The column that is the join key.", .required = true, .scope = true};
}

config::Field key_type_field() {
  return {.key = "keyType",
          .type = kEnum,
          .doc = "Type and order of the key: whole numbers, or text in byte order.",
          .fallback = "int64",
          .values = {"int64", "bytes"}};
}

config::Field table_field(bool required) {
  return {.key = "table", .doc = "The table to read.", .required = required, .scope = true};
}

config::Field columns_field() {
  return {.key = "columns",
          .type = kList,
          .doc = "Columns of the table beside the key; without it, all of them."};
}

}  // namespace

config::DriverFields sqlite_fields() {
  return {
      .name = "sqlite",
      .doc = "Rows of one SQLite database file.",
      .connect = {{.key = "path", .doc = "The database file.", .required = true}},
      .desired = {{.key = "query",
                   .doc = "A SELECT whose rows are the items; instead of table and columns.",
                   .scope = true},
                  table_field(false), columns_field(), key_field(), key_type_field()},
      .actual = {table_field(true), columns_field(), key_field(), key_type_field(),
                 {.key = "fence",
                  .type = kBool,
                  .doc = "Keep the highest fencing token in the table sideband_fence, which is made "
                         "when it is missing.",
                  .fallback = "false"}},
  };
}

}  // namespace sideband
