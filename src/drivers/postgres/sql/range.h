// A range of a scan: what one COPY brought, handed out page by page.
//
// A round trip costs as much as hundreds of rows, so a range is larger than the page that was asked
// for. Rows become items while the server sends the next ones.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "drivers/postgres/sql/rows.h"
#include "ports/collection.h"

namespace sideband {

struct PgRangeLimits {
  std::size_t rows = 1000;
  std::size_t bytes = 2 << 20;  // about
  bool bounded = true;          // see PgRowForm
};

// Used by one thread at a time.
class PgRange {
 public:
  // The rows of the request's range above its cursor ("" = from its start), raw if it says so. An
  // error where the stream ended before its end and where two rows have one key.
  static Result<PgRange> fetch(PgConnection& connection, const PgShape& shape,
                               const ScanRequest& request, const PgRangeLimits& limits,
                               const Deadline& deadline);

  // The next items. `last` is set at the end of the source.
  ScanPage page(std::size_t max_items, std::size_t max_bytes);

  // Where the next page starts, and whether it has items for it.
  [[nodiscard]] bool continues(const ScanRequest& request) const {
    return cursor_ == request.cursor && below_ == request.range.below && raw_ == request.raw;
  }
  [[nodiscard]] bool has_items() const { return next_ < items_.size(); }
  [[nodiscard]] MonoTime begun() const { return begun_; }
  [[nodiscard]] std::size_t mean_row_bytes() const { return mean_; }

 private:
  std::optional<std::string> below_;  // where the scan that it is of ends
  bool raw_ = false;
  std::string cursor_;
  std::vector<Item> items_;
  std::size_t next_ = 0;   // of items_: not handed out yet
  std::size_t mean_ = 0;   // 0 = there was no row
  bool complete_ = false;  // its last row is the source's last row
  MonoTime begun_;
};

// Ranges whose rest waits for the next page. Thread-safe. Keeps few and forgets old ones, so that
// scans that were given up cost little.
class PgRanges {
 public:
  std::optional<PgRange> take(const ScanRequest& request, MonoTime now) SB_EXCLUDES(mutex_);
  void keep(PgRange range) SB_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::vector<PgRange> ranges_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
