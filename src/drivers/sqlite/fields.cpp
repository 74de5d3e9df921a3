#include "drivers/driver_fields.h"
#include "drivers/signal_value.h"
#include "drivers/spelling.h"
#include "drivers/sql_fields.h"
#include "drivers/sql_operation.h"
#include "drivers/sqlite/settings.h"

namespace sideband {
namespace {

using enum config::FieldType;

config::Field key_field() {
  return sql_key_field("The column that is the join key, or a list of those that are it together.");
}

config::Field key_type_field() {
  return {.key = "keyType",
          .type = kList,
          .doc =
              "Type and order of the key: whole numbers, or text in byte order. One for all of "
              "its columns, or a list with one for each.",
          .fallback = "int64",
          .values = {"int64", "bytes"},
          .item = kEnum,
          .single = true};
}

config::Field change_log_field() {
  return {.key = "changeLog",
          .doc =
              "Table in which triggers of yours keep the keys that change, made by the "
              "statements of the driver's README. Where both sides can tell what changed, a "
              "look reads only that."};
}

config::Field table_field(bool required) {
  return sql_table_field("The table to read.", required);
}

// SQLite does not tell small letters of a table's name from capitals.
config::Place sqlite_place(const TargetSettings& target, const CollectionSettings& side) {
  config::Place place{"sqlite " + path_in_one_spelling(target.connect.at("path")), {}};
  const auto table = side.options.find("table");
  if (table == side.options.end()) return place;
  std::string name;
  for (const char c : table->second) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  place.things.push_back(as_pattern(name));
  return place;
}

void check_sqlite_side(const TargetSettings& target, const CollectionSettings& collection,
                       config::Side side, config::OptionFaults& faults) {
  const OptionReader options(collection.options, "collection on " + target.name, &faults);
  (void)parse_sqlite_source(collection, options, role_of(side));
}

}  // namespace

config::DriverFields sqlite_fields() {
  return {
      .name = "sqlite",
      .doc = "Rows of one SQLite database file.",
      .connect = {{.key = "path", .doc = "The database file.", .required = true}},
      .desired = {sql_query_field(), table_field(false), sql_columns_field(), key_field(),
                  key_type_field(), sql_max_size_field(), change_log_field()},
      .actual = {table_field(true),
                 sql_columns_field(),
                 key_field(),
                 key_type_field(),
                 sql_max_size_field(),
                 change_log_field(),
                 {.key = "fence",
                  .type = kBool,
                  .doc =
                      "Keep the highest fencing token in the table sideband_fence, which is made "
                      "when it is missing.",
                  .fallback = "false"}},
      .operation = sql_operation_fields(
          {{.key = "fence",
            .type = kBool,
            .doc = "Keep a marker of each step and the highest fencing token of each repair in the "
                   "table sideband_operations, in the same transaction; it is made when it is "
                   "missing.",
            .fallback = "false"}}),
      .signals = {sql_signal_kind()},
      .check_side = check_sqlite_side,
      .place = sqlite_place,
      .has_fields = [](const DriverOptions&) { return true; },
      .key_column = "key",
      .columns = "columns",
  };
}

}  // namespace sideband
