// Field rows that the drivers of SQL databases have in common.
#pragma once

#include "config/field_table.h"

namespace sideband {

inline config::Field sql_query_field() {
  return {.key = "query",
          .doc = "A SELECT whose rows are the items; instead of table and columns.",
          .scope = true};
}

inline config::Field sql_table_field(std::string doc, bool required) {
  return {.key = "table", .doc = std::move(doc), .required = required, .scope = true};
}

inline config::Field sql_columns_field() {
  return {.key = "columns",
          .type = config::FieldType::kList,
          .doc = "Columns of the table beside the key; without it, all of them."};
}

inline config::Field sql_max_size_field() {
  return {.key = "maxSize",
          .type = config::FieldType::kSize,
          .doc = "Larger rows are unknown, never compared.",
          .fallback = "16MiB"};
}

inline config::Field sql_key_field(std::string doc) {
  return {.key = "key",
          .type = config::FieldType::kList,
          .doc = std::move(doc),
          .required = true,
          .single = true,
          .scope = true};
}

}  // namespace sideband
