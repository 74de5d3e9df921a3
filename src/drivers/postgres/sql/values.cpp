#include "drivers/postgres/sql/values.h"

#include <array>
#include <charconv>

#include "base/bytes.h"
#include "base/utf8.h"
#include "model/int64_key.h"

namespace sideband {
namespace {

constexpr std::array<std::size_t, 4> kHyphens = {8, 13, 18, 23};
constexpr std::size_t kUuidText = 36;

std::optional<std::string_view> integer_text(std::string_view bytes, std::string& scratch) {
  if (bytes.size() != 2 && bytes.size() != 4 && bytes.size() != 8) return std::nullopt;
  std::uint64_t value = (bytes[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  scratch.resize(20);
  const auto end = std::to_chars(scratch.data(), scratch.data() + scratch.size(),
                                 static_cast<std::int64_t>(value))
                       .ptr;
  return std::string_view(scratch.data(), static_cast<std::size_t>(end - scratch.data()));
}

std::optional<std::string_view> uuid_text(std::string_view bytes, std::string& scratch) {
  if (bytes.size() != 16) return std::nullopt;
  scratch = to_hex(bytes);
  for (const std::size_t at : kHyphens) scratch.insert(at, 1, '-');
  return scratch;
}

// Only the form that uuid_text writes: one row has one key.
std::optional<std::string> uuid_value(std::string_view key) {
  if (key.size() != kUuidText) return std::nullopt;
  std::string hex;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen != (key[i] == '-')) return std::nullopt;
    if (!hyphen) hex += key[i];
  }
  auto bytes = from_hex(hex);
  if (!bytes) return std::nullopt;
  return std::move(*bytes);
}

// PostgreSQL's text holds no NUL and, in UTF-8, nothing that is not UTF-8.
std::optional<std::string> text_value(std::string_view key) {
  for (std::string_view rest = key; !rest.empty();) {
    const std::size_t length = rest.front() == '\0' ? 0 : utf8_length(rest);
    if (length == 0) return std::nullopt;
    rest.remove_prefix(length);
  }
  return std::string(key);
}

std::optional<std::string> integer_value(std::string_view key) {
  const auto number = parse_int64_key(key);
  if (!number) return std::nullopt;
  std::string bytes;
  put_big_endian(bytes, static_cast<std::uint64_t>(*number), 8);
  return bytes;
}

}  // namespace

PgForm pg_form(Oid type) {
  switch (type) {
    case kPgInt2:
    case kPgInt4:
    case kPgInt8:
      return PgForm::kInteger;
    case kPgBool:
      return PgForm::kBool;
    case kPgText:
    case kPgVarchar:
      return PgForm::kText;
    case kPgBytea:
      return PgForm::kBytes;
    case kPgUuid:
      return PgForm::kUuid;
    default:
      return PgForm::kCast;
  }
}

std::string_view pg_sent_type(Oid type) {
  switch (type) {
    case kPgInt2:
      return "int2";
    case kPgInt4:
      return "int4";
    case kPgInt8:
      return "int8";
    case kPgBool:
      return "bool";
    case kPgVarchar:
      return "varchar";
    case kPgBytea:
      return "bytea";
    case kPgUuid:
      return "uuid";
    default:
      return "text";
  }
}

std::string_view pg_raw_type(Oid type) {
  switch (type) {
    case kPgFloat4:
      return "float4";
    case kPgFloat8:
      return "float8";
    case kPgDate:
      return "date";
    case kPgTimestamp:
      return "timestamp";
    case kPgTimestamptz:
      return "timestamptz";
    case kPgNumeric:
      return "numeric";
    default:
      return pg_sent_type(type);
  }
}

KeyOrder::Column pg_key_order(Oid type) {
  switch (type) {
    case kPgInt2:
    case kPgInt4:
    case kPgInt8:
      return KeyOrder::kInt64;
    case kPgText:
    case kPgVarchar:
    case kPgBytea:
    case kPgUuid:
      return KeyOrder::kBytes;
    default:
      return KeyOrder::kNone;
  }
}

std::optional<std::string_view> pg_text(PgForm form, std::string_view bytes, std::string& scratch) {
  switch (form) {
    case PgForm::kInteger:
      return integer_text(bytes, scratch);
    case PgForm::kBool:
      if (bytes.size() != 1) return std::nullopt;
      return bytes[0] != 0 ? "true" : "false";
    case PgForm::kUuid:
      return uuid_text(bytes, scratch);
    default:
      return bytes;
  }
}

std::optional<std::string> pg_key_value(PgForm form, std::string_view key) {
  switch (form) {
    case PgForm::kInteger:
      return integer_value(key);
    case PgForm::kUuid:
      return uuid_value(key);
    case PgForm::kBytes:
      return std::string(key);
    default:
      return text_value(key);
  }
}

Oid pg_key_element(PgForm form) {
  switch (form) {
    case PgForm::kInteger:
      return kPgInt8;
    case PgForm::kUuid:
      return kPgUuid;
    case PgForm::kBytes:
      return kPgBytea;
    default:
      return kPgText;
  }
}

std::string pg_key_type(PgForm form) {
  switch (form) {
    case PgForm::kInteger:
      return "int8";
    case PgForm::kUuid:
      return "uuid";
    case PgForm::kBytes:
      return "bytea";
    default:
      return "text";
  }
}

}  // namespace sideband
