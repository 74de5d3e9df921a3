#include "drivers/postgres/sql/large_values.h"

#include <charconv>

#include "drivers/postgres/client/params.h"

namespace sideband {
namespace {

constexpr Oid kPgChar = 18, kPgName = 19, kPgOid = 26, kPgJson = 114, kPgXml = 142, kPgCidr = 650,
              kPgMacaddr8 = 774, kPgMoney = 790, kPgMacaddr = 829, kPgInet = 869, kPgTime = 1083,
              kPgInterval = 1186, kPgTimetz = 1266;

// Of at most some hundred thousand bytes, whatever is in them.
bool is_bounded(Oid type) {
  switch (type) {
    case kPgBool:
    case kPgInt2:
    case kPgInt4:
    case kPgInt8:
    case kPgFloat4:
    case kPgFloat8:
    case kPgDate:
    case kPgTimestamp:
    case kPgTimestamptz:
    case kPgNumeric:
    case kPgUuid:
    case kPgChar:
    case kPgName:
    case kPgOid:
    case kPgCidr:
    case kPgMacaddr8:
    case kPgMoney:
    case kPgMacaddr:
    case kPgInet:
    case kPgTime:
    case kPgInterval:
    case kPgTimetz:
      return true;
    default:
      return false;
  }
}

// Neither reads the value: both look at its header alone. Of types whose text has to be made first
// what is stored counts, which may be compressed.
std::string size_sql(const std::string& column, Oid type) {
  switch (type) {
    case kPgText:
    case kPgVarchar:
    case kPgBytea:
      return "octet_length(" + column + ")";
    case kPgJson:
    case kPgXml:
      return "octet_length(" + column + "::text)";
    default:
      return "pg_column_size(" + column + ")";
  }
}

}  // namespace

bool PgLargeValues::concerns(Oid type) const {
  return !mark_.empty() && !is_bounded(type);
}

std::string PgLargeValues::sql(const std::string& column, Oid type, std::string_view sent) const {
  const std::string itself = column + "::" + std::string(sent);
  if (!concerns(type)) return itself;
  const std::string size = size_sql(column, type);
  const std::string marked = "'" + mark_ + "' || " + size;
  return "case when " + size + " > " + std::to_string(max_size_) + " then " +
         (type == kPgBytea ? "convert_to(" + marked + ", 'UTF8')"
                           : "(" + marked + ")::" + std::string(sent)) +
         " else " + itself + " end";
}

std::optional<std::size_t> PgLargeValues::size_of(std::string_view bytes) const {
  if (mark_.empty() || !bytes.starts_with(mark_)) return std::nullopt;
  std::size_t size = 0;
  std::from_chars(bytes.data() + mark_.size(), bytes.data() + bytes.size(), size);
  return size;
}

}  // namespace sideband
