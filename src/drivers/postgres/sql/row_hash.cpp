#include "drivers/postgres/sql/row_hash.h"

#include "base/bytes.h"

namespace sideband {
namespace {

// A fixed number for each column, 64 bits with about as many ones as zeros (SplitMix64,
// https://prng.di.unimi.it/splitmix64.c).
std::int64_t mark_of(std::size_t column) {
  std::uint64_t z = (column + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return static_cast<std::int64_t>(z ^ (z >> 31U));
}

// Columns of one kind compare.
enum class Compared : std::uint8_t { kText, kHex, kInteger, kBool, kTime, kZonedTime, kUuid };

Compared kind_of(const PgColumn& column) {
  switch (column.type) {
    case kPgInt2:
    case kPgInt4:
    case kPgInt8:
      return Compared::kInteger;
    case kPgBool:
      return Compared::kBool;
    case kPgTimestamp:
      return Compared::kTime;
    case kPgTimestamptz:
      return Compared::kZonedTime;
    case kPgUuid:
      return Compared::kUuid;
    default:
      return column.form == PgForm::kBytes ? Compared::kHex : Compared::kText;
  }
}

char mark(Compared kind) {
  constexpr std::string_view kMarks = "tbilyzu";
  return kMarks[static_cast<std::size_t>(kind)];
}

// The hash functions answer NULL for NULL, which would hide what was hashed before.
std::string or_else(const std::string& value, const char* none) {
  return "coalesce(" + value + ", " + none + ")";
}

std::string hash_of(const PgColumn& column, const std::string& seed) {
  const std::string name = "q." + quote_name(column.name);
  const auto hash = [&seed](const char* function, const std::string& value) {
    return function + ("(" + value) + ", " + seed + ")";
  };
  switch (kind_of(column)) {
    case Compared::kInteger:
      return hash("hashint8extended", or_else(name + "::int8", "0"));
    case Compared::kBool:
      return hash("hashint8extended", or_else(name + "::int4::int8", "0"));
    case Compared::kTime:
      return hash("timestamp_hash_extended", or_else(name, "timestamp 'epoch'"));
    case Compared::kZonedTime:
      return hash("timestamp_hash_extended",
                  or_else(name, "timestamptz 'epoch'") + " at time zone 'UTC'");
    case Compared::kUuid:
      return hash("uuid_hash_extended",
                  or_else(name, "uuid '00000000-0000-0000-0000-000000000000'"));
    case Compared::kHex:
      return hash("hashtextextended",
                  or_else("encode(" + name + ", 'hex')", "''") + " collate \"C\"");
    case Compared::kText:
      break;
  }
  return hash("hashtextextended", or_else(name + "::text", "''") + " collate \"C\"");
}

}  // namespace

std::string pg_row_hash(const PgShape& shape) {
  const auto columns = shape.state_columns();
  std::string seed = "$1::int8";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    seed += " # case when q." + quote_name(columns[i]->name) + " is null then '" +
            std::to_string(mark_of(i)) + "'::int8 else 0 end";
  }
  std::string hash = seed;
  for (const PgKeyColumn& key : shape.key().columns())
    hash = hash_of(shape.columns()[key.at], hash);
  for (const PgColumn* column : columns) hash = hash_of(*column, hash);
  return hash;
}

std::string pg_row_hash_name(const PgShape& shape) {
  std::string name;
  for (const PgKeyColumn& key : shape.key().columns()) {
    name += mark(kind_of(shape.columns()[key.at]));
    if (key.is_field) put_string(name, key.name);
  }
  for (const PgColumn* column : shape.state_columns()) {
    name += mark(kind_of(*column));
    put_string(name, column->name);
  }
  return name;
}

std::string pg_row_hash_probe() {
  return "select concat_ws(' ', hashtextextended('sideband' collate \"C\", 1), "
         "hashint8extended(7, 1), uuid_hash_extended('00000000-0000-0000-0000-000000000007', 1), "
         "timestamp_hash_extended(timestamptz '2026-01-01 00:00+00' at time zone 'UTC', 1))";
}

}  // namespace sideband
