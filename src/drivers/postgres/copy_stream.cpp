#include "drivers/postgres/copy_stream.h"

#include "drivers/options.h"

namespace sideband {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\xff\r\n\0", 11);
constexpr std::int32_t kTrailer = -1;

Error cut_off() {
  return Error::unavailable("PostgreSQL's stream of rows was cut off");
}

// A big-endian number of `size` bytes from the front; nothing where the bytes end.
std::optional<std::int32_t> take_number(std::string_view& bytes, std::size_t size) {
  if (bytes.size() < size) return std::nullopt;
  std::uint32_t value = (bytes[0] & 0x80) != 0 ? ~std::uint32_t{0} : 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(size);
  return static_cast<std::int32_t>(value);
}

std::optional<PgValue> take_value(std::string_view& bytes) {
  const auto size = take_number(bytes, 4);
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
  const auto flags = take_number(bytes, 4);
  const auto extension = take_number(bytes, 4);
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

bool PgCopyStream::add(std::string_view piece) {
  bytes_ += piece.size();
  if (!begun_ && !take_header(piece)) return fail(cut_off());
  begun_ = true;
  while (!piece.empty()) {
    const auto fields = take_number(piece, 2);
    if (!fields || trailer_) return fail(cut_off());
    trailer_ = *fields == kTrailer;
    row_.clear();
    for (std::int32_t i = 0; i < *fields; ++i) {
      const auto value = take_value(piece);
      if (!value) return fail(cut_off());
      row_.push_back(*value);
    }
    if (trailer_) continue;
    auto item = decoder_.item(row_);
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
