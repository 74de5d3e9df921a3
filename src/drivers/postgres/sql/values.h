// How values of PostgreSQL's types become text, and join keys values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/postgres/client/params.h"
#include "model/key_order.h"

namespace sideband {

// What we ask the server to send for a column.
enum class PgForm : std::uint8_t {
  kInteger,  // 2, 4 or 8 bytes
  kBool,
  kText,   // its bytes in UTF-8
  kBytes,  // as they are
  kUuid,   // 16 bytes
  kCast,   // every other type: the server casts it to text
};

PgForm pg_form(Oid type);

// What a column of this type is cast to when it is sent. Mostly the type itself, which costs
// nothing: should the column get another type while we run, its bytes are not taken for those of
// the old one.
std::string_view pg_sent_type(Oid type);

// What it is cast to where values are only compared: equal bytes of it mean equal texts.
std::string_view pg_raw_type(Oid type);

// The order of keys of this type; kNone where it cannot be a key.
KeyOrder::Column pg_key_order(Oid type);

// The text of a value in its binary form: decimal, true or false, lower-case hex with hyphens. May
// point into `scratch`. Nothing where the bytes are not of that form.
std::optional<std::string_view> pg_text(PgForm form, std::string_view bytes, std::string& scratch);

// A column of a join key as an element of an array of pg_key_element; nothing where no row can have
// it.
std::optional<std::string> pg_key_value(PgForm form, std::string_view key);
Oid pg_key_element(PgForm form);
// The name of that type.
std::string pg_key_type(PgForm form);

}  // namespace sideband
