// Parameters of a statement in PostgreSQL's binary formats, so that no text has to be quoted.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sideband {

// Types by their fixed numbers (pg_type.dat).
inline constexpr Oid kPgBool = 16, kPgBytea = 17, kPgInt8 = 20, kPgInt2 = 21, kPgInt4 = 23,
                     kPgText = 25, kPgFloat4 = 700, kPgFloat8 = 701, kPgVarchar = 1043,
                     kPgDate = 1082, kPgTimestamp = 1114, kPgTimestamptz = 1184, kPgNumeric = 1700,
                     kPgUuid = 2950;

void put_big_endian(std::string& out, std::uint64_t value, int bytes);

// One value of an array parameter; nothing = NULL.
using PgElement = std::optional<std::string>;

// These texts as the text of an array: {"a","b",NULL}.
// https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO
std::string pg_array_text(const std::vector<PgElement>& elements);

// Values are copied. The pointers live until the next change.
class PgParams {
 public:
  PgParams& integer(std::int64_t value);
  PgParams& text(std::string_view value);
  // A value of any type as people write it, read by the server; type 0 = the one that the statement
  // has there. It ends at a NUL.
  PgParams& written(Oid type, std::string_view value);
  // `element` is kPgInt8, kPgText, kPgBytea or kPgUuid; each element is in its binary format.
  PgParams& array(Oid element, const std::vector<PgElement>& elements);

  [[nodiscard]] int count() const { return static_cast<int>(types_.size()); }
  [[nodiscard]] const Oid* types() const { return types_.data(); }
  [[nodiscard]] const char* const* values() const { return values_.data(); }
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }

 private:
  PgParams& add(Oid type, std::string bytes, int format = 1);

  std::deque<std::string> bytes_;  // of values_; does not move
  std::vector<Oid> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

}  // namespace sideband
