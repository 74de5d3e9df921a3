#include "drivers/postgres/range.h"

#include <algorithm>

#include "drivers/options.h"

namespace sideband {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\xff\r\n\0", 11);
constexpr std::size_t kKept = 2;
constexpr Duration kOldest = std::chrono::seconds(30);

// Reads the pieces of a COPY stream; every get fails where the bytes end.
class CopyReader {
 public:
  CopyReader(std::string_view bytes, std::size_t place) : bytes_(bytes), place_(place) {}

  std::optional<std::int32_t> number(std::size_t size) {
    if (bytes_.size() - place_ < size) return std::nullopt;
    std::uint32_t value = (bytes_[place_] & 0x80) != 0 ? ~std::uint32_t{0} : 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8U | static_cast<unsigned char>(bytes_[place_ + i]);
    }
    place_ += size;
    return static_cast<std::int32_t>(value);
  }
  std::optional<PgValue> value() {
    const auto size = number(4);
    if (!size || *size < -1) return std::nullopt;
    if (*size == -1) return PgValue{{}, true};
    const auto length = static_cast<std::size_t>(*size);
    if (bytes_.size() - place_ < length) return std::nullopt;
    place_ += length;
    return PgValue{bytes_.substr(place_ - length, length), false};
  }
  bool skip(std::size_t size) {
    if (bytes_.size() - place_ < size) return false;
    place_ += size;
    return true;
  }
  [[nodiscard]] std::size_t place() const { return place_; }
  [[nodiscard]] bool done() const { return place_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t place_;
};

Error cut_off() {
  return Error::unavailable("PostgreSQL's stream of rows was cut off");
}

// The place of the first row.
std::optional<std::size_t> after_header(std::string_view bytes) {
  if (!bytes.starts_with(kSignature)) return std::nullopt;
  CopyReader reader(bytes, kSignature.size());
  const auto flags = reader.number(4);
  const auto extension = reader.number(4);
  if (!flags || !extension || *extension < 0) return std::nullopt;
  if (!reader.skip(static_cast<std::size_t>(*extension))) return std::nullopt;
  return reader.place();
}

}  // namespace

Result<PgRange> PgRange::fetch(PgConnection& connection, const PgShape& shape,
                               const std::string& cursor, const PgRangeLimits& limits,
                               const Deadline& deadline) {
  PgRange range;
  range.cursor_ = cursor;
  range.at_time_ = deadline.clock().mono();
  const std::string after = cursor.empty() ? "" : std::string(key_of_cursor(cursor));
  if (!cursor.empty() && !pg_key_value(shape.key_form(), after)) {
    return Error::invalid("not a cursor of this collection");
  }
  // One row more than wanted tells whether there are more, and whether it has the same key.
  const std::size_t asked = limits.rows + 1;
  const std::string sql = shape.range_sql(connection, cursor.empty() ? nullptr : &after, asked);
  std::size_t pieces = 0;
  const auto take = [&](std::string_view piece) {
    range.bytes_ += piece;
    // Two rows at least, for a page that goes on; the header may be a piece of its own.
    return ++pieces < 3 || range.bytes_.size() < 2 * limits.bytes;
  };
  SB_ASSIGN(const bool ended, connection.copy_out(sql, deadline, take));
  SB_TRY(range.count_rows(ended, asked));
  return range;
}

// Walks through everything once: a stream that does not end as it should is no stream.
Result<void> PgRange::count_rows(bool ended, std::size_t asked) {
  const auto start = after_header(bytes_);
  if (!start) return cut_off();
  place_ = *start;
  CopyReader reader(bytes_, place_);
  bool trailer = false;
  while (!reader.done()) {
    const auto fields = reader.number(2);
    if (!fields || trailer) return cut_off();
    trailer = *fields == -1;
    for (std::int32_t i = 0; i < *fields; ++i) {
      if (!reader.value()) return cut_off();
    }
    if (!trailer) ++left_;
  }
  if (trailer != ended) return cut_off();
  complete_ = ended && left_ < asked;
  mean_ = left_ == 0 ? 0 : bytes_.size() / left_;
  return {};
}

Result<Item> PgRange::next(PgRowDecoder& decoder) {
  CopyReader reader(bytes_, place_);
  row_.clear();
  for (std::int32_t fields = reader.number(2).value_or(0); fields > 0; --fields) {
    row_.push_back(reader.value().value_or(PgValue{{}, true}));
  }
  place_ = reader.place();
  --left_;
  SB_ASSIGN(Item item, decoder.item(row_));
  if (!cursor_.empty() && item.key == key_of_cursor(cursor_)) {
    return for_person(Error::invalid("more than one row has the key '" + item.key + "'"));
  }
  cursor_ = cursor_after(item.key);
  return item;
}

Result<ScanPage> PgRange::page(PgRowDecoder& decoder, std::size_t max_items,
                               std::size_t max_bytes) {
  ScanPage page;
  page.cursor = cursor_;
  page.items.reserve(std::min(max_items, left_));
  std::size_t bytes = 0;
  for (;;) {
    if (left_ == 0) {
      page.last = complete_;
      return page;
    }
    const bool full = page.items.size() >= max_items || bytes >= max_bytes;
    const bool extra = left_ == 1 && !complete_;  // asked for to know that there is more
    if (full && !extra && !page.items.empty()) return page;
    SB_ASSIGN(Item item, next(decoder));
    if (extra) return page;
    bytes += item.key.size() + item.state.bytes.size();
    page.items.push_back(std::move(item));
    page.cursor = cursor_;
  }
}

std::optional<PgRange> PgRanges::take(const std::string& cursor, MonoTime now) {
  const MutexLock lock(mutex_);
  std::erase_if(ranges_, [now](const PgRange& range) { return now - range.at() > kOldest; });
  const auto found = std::find_if(ranges_.begin(), ranges_.end(), [&](const PgRange& range) {
    return !cursor.empty() && range.cursor() == cursor;
  });
  if (found == ranges_.end()) return std::nullopt;
  std::optional<PgRange> range(std::move(*found));
  ranges_.erase(found);
  return range;
}

void PgRanges::keep(PgRange range) {
  const MutexLock lock(mutex_);
  if (ranges_.size() >= kKept) ranges_.erase(ranges_.begin());
  ranges_.push_back(std::move(range));
}

}  // namespace sideband
