#include "drivers/postgres/sql/range.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "drivers/postgres/sql/copy_stream.h"

namespace sideband {
namespace {

constexpr std::size_t kKept = 2;
constexpr Duration kOldest = std::chrono::seconds(30);

}  // namespace

Result<PgRange> PgRange::fetch(PgConnection& connection, const PgShape& shape,
                               const ScanRequest& request, const PgRangeLimits& limits,
                               const Deadline& deadline) {
  const std::string& cursor = request.cursor;
  PgRange range;
  range.below_ = request.range.below;
  range.raw_ = request.raw;
  range.cursor_ = cursor;
  range.begun_ = deadline.clock().mono();
  const std::string after = cursor.empty() ? "" : std::string(key_of_cursor(cursor));
  if (!cursor.empty() && !shape.key().values(after)) {
    return Error::invalid("not a cursor of this collection");
  }
  SB_TRY(shape.check(request.range));
  // One row more than wanted tells whether there are more, and whether it has the same key.
  const std::size_t asked = limits.rows + 1;
  const std::string sql =
      shape.range_sql(connection, request.range, cursor.empty() ? nullptr : &after, asked,
                      {request.raw, limits.bounded});
  PgCopyStream stream(shape, request.raw, asked);
  const auto take = [&](std::string_view piece) {
    return stream.add(piece) && (stream.rows() < 2 || stream.bytes() < 2 * limits.bytes);
  };
  SB_ASSIGN(const auto counted, connection.copy_out(sql, deadline, take));
  const bool ended = counted.has_value();
  SB_ASSIGN(range.items_, stream.take(ended));
  if (ended && static_cast<std::size_t>(*counted) != range.items_.size()) {
    return Error::corrupt("PostgreSQL sent " + std::to_string(range.items_.size()) +
                          " rows and counted " + std::to_string(*counted));
  }
  if (!range.items_.empty()) range.mean_ = stream.bytes() / range.items_.size();
  range.complete_ = ended && range.items_.size() < asked;
  if (!range.complete_) range.items_.pop_back();
  return range;
}

ScanPage PgRange::page(std::size_t max_items, std::size_t max_bytes) {
  std::size_t end = next_;
  std::size_t bytes = 0;
  while (end < items_.size() && end - next_ < max_items && (bytes < max_bytes || end == next_)) {
    bytes += items_[end].key.size() + items_[end].state.bytes.size();
    ++end;
  }
  if (end > next_) cursor_ = cursor_after(items_[end - 1].key);
  ScanPage page;
  if (next_ == 0 && end == items_.size()) {
    page.items = std::exchange(items_, {});
    end = 0;
  } else {
    const auto begin = items_.begin();
    page.items.assign(std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(next_)),
                      std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(end)));
  }
  next_ = end;
  page.cursor = cursor_;
  page.last = complete_ && !has_items();
  return page;
}

std::optional<PgRange> PgRanges::take(const ScanRequest& request, MonoTime now) {
  const MutexLock lock(mutex_);
  std::erase_if(ranges_, [now](const PgRange& range) { return now - range.begun() > kOldest; });
  const auto found = std::find_if(ranges_.begin(), ranges_.end(), [&](const PgRange& range) {
    return !request.cursor.empty() && range.continues(request);
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
