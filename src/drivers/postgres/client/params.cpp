#include "drivers/postgres/client/params.h"

#include "base/check.h"

namespace sideband {
namespace {

Oid array_type(Oid element) {
  switch (element) {
    case kPgInt8:
      return 1016;
    case kPgText:
      return 1009;
    case kPgBytea:
      return 1001;
    default:
      SB_CHECK(element == kPgUuid);
      return 2951;
  }
}

}  // namespace

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

PgParams& PgParams::add(Oid type, std::string bytes, int format) {
  bytes_.push_back(std::move(bytes));
  types_.push_back(type);
  values_.push_back(bytes_.back().c_str());
  lengths_.push_back(static_cast<int>(bytes_.back().size()));
  formats_.push_back(format);
  return *this;
}

std::string pg_array_text(const std::vector<PgElement>& elements) {
  std::string text = "{";
  for (const PgElement& element : elements) {
    if (text.size() > 1) text += ',';
    if (!element) {
      text += "NULL";
      continue;
    }
    text += '"';
    for (const char c : *element) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

PgParams& PgParams::integer(std::int64_t value) {
  std::string bytes;
  put_big_endian(bytes, static_cast<std::uint64_t>(value), 8);
  return add(kPgInt8, std::move(bytes));
}

PgParams& PgParams::text(std::string_view value) {
  return add(kPgText, std::string(value));
}

PgParams& PgParams::written(Oid type, std::string_view value) {
  return add(type, std::string(value), 0);
}

// array_recv: dimensions, whether there are NULLs, type; for the one dimension its size and first
// index; then each element behind its length, -1 for NULL.
PgParams& PgParams::array(Oid element, const std::vector<PgElement>& elements) {
  std::string bytes;
  put_big_endian(bytes, elements.empty() ? 0 : 1, 4);
  put_big_endian(bytes, 1, 4);
  put_big_endian(bytes, element, 4);
  if (!elements.empty()) {
    put_big_endian(bytes, elements.size(), 4);
    put_big_endian(bytes, 1, 4);
  }
  for (const PgElement& value : elements) {
    put_big_endian(bytes, value ? value->size() : ~std::uint64_t{0}, 4);
    if (value) bytes += *value;
  }
  return add(array_type(element), std::move(bytes));
}

}  // namespace sideband
