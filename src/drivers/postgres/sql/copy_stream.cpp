#include "drivers/postgres/sql/copy_stream.h"

#include <endian.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "drivers/options.h"

namespace sideband {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\xff\r\n\0", 11);
constexpr std::int16_t kTrailer = -1;

Error cut_off() {
  return Error::unavailable("PostgreSQL's stream of rows was cut off");
}

// A big-endian number from the front; nothing where the bytes end.
std::optional<std::int32_t> take_int32(std::string_view& bytes) {
  std::uint32_t value = 0;
  if (bytes.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return static_cast<std::int32_t>(be32toh(value));
}

std::optional<std::int16_t> take_int16(std::string_view& bytes) {
  std::uint16_t value = 0;
  if (bytes.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return static_cast<std::int16_t>(be16toh(value));
}

std::optional<PgValue> take_value(std::string_view& bytes) {
  const auto size = take_int32(bytes);
  if (!size || *size < -1) return std::nullopt;
  if (*size == -1) return PgValue{{}, true};
  const auto length = static_cast<std::size_t>(*size);
  if (bytes.size() < length) return std::nullopt;
  const PgValue value{bytes.substr(0, length), false};
  bytes.remove_prefix(length);
  return value;
}

// Signature, flags, and an extension behind its length.
bool take_header(std::string_view& bytes) {
  if (!bytes.starts_with(kSignature)) return false;
  bytes.remove_prefix(kSignature.size());
  const auto flags = take_int32(bytes);
  const auto extension = take_int32(bytes);
  if (!flags || !extension || *extension < 0) return false;
  if (bytes.size() < static_cast<std::size_t>(*extension)) return false;
  bytes.remove_prefix(static_cast<std::size_t>(*extension));
  return true;
}

}  // namespace

bool PgCopyStream::fail(Error error) {
  error_ = std::move(error);
  return false;
}

Result<Item> PgCopyStream::take_row(std::string_view& piece, std::size_t fields) {
  row_.clear();
  for (std::size_t i = 0; i < fields; ++i) {
    const auto value = take_value(piece);
    if (!value) return cut_off();
    row_.push_back(*value);
  }
  return decoder_.item(row_);
}

Result<Item> PgCopyStream::take_raw_row(std::string_view& piece, std::size_t fields) {
  if (fields != columns_) return Error::corrupt("PostgreSQL sent a row of another shape");
  std::string text;
  for (std::size_t i = 0; i < key_columns_; ++i) {
    const auto key = take_value(piece);
    if (!key) return cut_off();
    SB_TRY(decoder_.add_to_key(text, i, *key));
  }
  // A piece is one row, so what is left of it is that row's other values.
  return Item{std::move(text), State::of_bytes(std::string(std::exchange(piece, {})))};
}

bool PgCopyStream::add(std::string_view piece) {
  bytes_ += piece.size();
  if (!begun_ && !take_header(piece)) return fail(cut_off());
  begun_ = true;
  while (!piece.empty()) {
    const auto fields = take_int16(piece);
    if (!fields || trailer_) return fail(cut_off());
    trailer_ = *fields == kTrailer;
    if (trailer_) continue;
    const auto count = static_cast<std::size_t>(std::max<std::int16_t>(*fields, 0));
    auto item = raw_ ? take_raw_row(piece, count) : take_row(piece, count);
    if (!item) return fail(item.error());
    if (!items_.empty() && items_.back().key == item->key) {
      return fail(for_person(Error::invalid("more than one row has the key '" + item->key + "'")));
    }
    items_.push_back(std::move(*item));
  }
  return true;
}

Result<std::vector<Item>> PgCopyStream::take(bool ended) {
  if (error_) return *error_;
  if (!begun_ || ended != trailer_) return cut_off();
  return std::move(items_);
}

}  // namespace sideband
